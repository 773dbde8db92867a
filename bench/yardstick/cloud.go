package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	cvm "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/cvm/v20170312"
	"golang.org/x/time/rate"
)

const (
	readsPerSecond  = 40
	writesPerSecond = 10
	idsPerCall      = 100
)

// Cloud calls the CVM API within its rate limits, which the workers share.
type Cloud struct {
	credential *common.Credential
	profile    *profile.ClientProfile
	reads      *rate.Limiter
	writes     *rate.Limiter

	mutex   sync.Mutex
	clients map[string]*cvm.Client // By region.
}

func NewCloud(endpoint, secretID, secretKey string) (*Cloud, error) {
	clientProfile := profile.NewClientProfile()
	if endpoint != "" {
		address, err := url.Parse(endpoint)
		if err != nil {
			return nil, err
		}
		clientProfile.HttpProfile.Scheme = strings.ToUpper(address.Scheme)
		clientProfile.HttpProfile.Endpoint = address.Host
	}
	return &Cloud{
		credential: common.NewCredential(secretID, secretKey),
		profile:    clientProfile,
		reads:      rate.NewLimiter(readsPerSecond, 1),
		writes:     rate.NewLimiter(writesPerSecond, 1),
		clients:    map[string]*cvm.Client{},
	}, nil
}

// Lists returns the ordered list of each instance that exists.
func (c *Cloud) Lists(ctx context.Context, region string, ids []string) (map[string][]string, error) {
	api, err := c.client(region)
	if err != nil {
		return nil, err
	}
	lists := make(map[string][]string, len(ids))
	for some := range slices.Chunk(ids, idsPerCall) {
		if err := c.reads.Wait(ctx); err != nil {
			return nil, err
		}
		request := cvm.NewDescribeInstancesRequest()
		request.InstanceIds = common.StringPtrs(some)
		request.Limit = common.Int64Ptr(idsPerCall)
		response, err := api.DescribeInstancesWithContext(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, instance := range response.Response.InstanceSet {
			lists[*instance.InstanceId] = common.StringValues(instance.SecurityGroupIds)
		}
	}
	return lists, nil
}

// SetList replaces the whole ordered list of each instance.
func (c *Cloud) SetList(ctx context.Context, region string, ids, list []string) error {
	api, err := c.client(region)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, idsPerCall) {
		if err := c.writes.Wait(ctx); err != nil {
			return err
		}
		request := cvm.NewModifyInstancesAttributeRequest()
		request.InstanceIds = common.StringPtrs(some)
		request.SecurityGroups = common.StringPtrs(list)
		if _, err := api.ModifyInstancesAttributeWithContext(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) client(region string) (*cvm.Client, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known := c.clients[region]; known != nil {
		return known, nil
	}
	made, err := cvm.NewClient(c.credential, region, c.profile)
	if err != nil {
		return nil, err
	}
	c.clients[region] = made
	return made, nil
}
