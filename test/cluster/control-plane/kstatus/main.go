// Command kstatus judges objects with Flux's own code: `compute` those on its stdin, `wait` those of a cluster.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/clusterreader"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/engine"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/cli-utils/pkg/object"
	"github.com/fluxcd/pkg/ssa"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const usage = "usage: kstatus compute < OBJECTS | kstatus wait -kubeconfig FILE [-timeout DURATION] NAMESPACE/NAME..."

var kind = schema.GroupKind{Group: "cvmsg.dev", Kind: "CvmSecurityGroupBinding"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "compute":
		return compute(os.Stdin, os.Stdout)
	case len(args) > 1 && args[0] == "wait":
		return wait(args[1:])
	}
	return errors.New(usage)
}

// compute reads JSON objects one after another and answers each with a line.
func compute(in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	objects := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		if err := objects.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var found unstructured.Unstructured
		// Whole numbers have to become integers, which only this decoder makes of them.
		if err := found.UnmarshalJSON(raw); err != nil {
			return err
		}
		result, err := status.Compute(&found)
		if err != nil {
			return err
		}
		answer := map[string]string{"status": result.Status.String(), "message": result.Message}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

// wait does what kustomize-controller does for `wait: true` and `healthChecks`, with its defaults.
func wait(args []string) error {
	flags := flag.NewFlagSet("wait", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "")
	timeout := flags.Duration("timeout", time.Minute, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var set object.ObjMetadataSet
	for _, name := range flags.Args() {
		namespace, name, found := strings.Cut(name, "/")
		if !found {
			return errors.New(usage)
		}
		set = append(set, object.ObjMetadata{Namespace: namespace, Name: name, GroupKind: kind})
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	cluster, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	poller := polling.NewStatusPoller(cluster, cluster.RESTMapper(), polling.Options{
		ClusterReaderFactory: engine.ClusterReaderFactoryFunc(clusterreader.NewDirectClusterReader),
	})
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	return ssa.NewResourceManager(cluster, poller, owner).WaitForSetWithContext(context.Background(), set, ssa.WaitOptions{
		Interval: 5 * time.Second,
		Timeout:  *timeout,
		FailFast: true,
	})
}
