package main

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "cvmsg.dev", Version: "v1alpha1"}

// AddToScheme makes the kind known to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(groupVersion, &CvmSecurityGroupBinding{}, &CvmSecurityGroupBindingList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	return nil
}

// CvmSecurityGroupBinding has the fields of the CRD that the yardstick reads and writes.
type CvmSecurityGroupBinding struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   BindingSpec   `json:"spec"`
	Status BindingStatus `json:"status,omitempty"`
}

type BindingSpec struct {
	Region      string   `json:"region"`
	InstanceIDs []string `json:"instanceIds,omitempty"`
	SgIDs       []string `json:"sgIds"`
}

type BindingStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	InstanceCount      int32              `json:"instanceCount"`
	InSyncCount        int32              `json:"inSyncCount"`
	Instances          []InstanceStatus   `json:"instances,omitempty"`
}

type InstanceStatus struct {
	InstanceID string   `json:"instanceId"`
	State      string   `json:"state"`
	SgIDs      []string `json:"sgIds,omitempty"`
}

type CvmSecurityGroupBindingList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []CvmSecurityGroupBinding `json:"items"`
}

func (in *CvmSecurityGroupBinding) DeepCopyInto(out *CvmSecurityGroupBinding) {
	out.TypeMeta = in.TypeMeta
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	in.Spec.DeepCopyInto(&out.Spec)
	in.Status.DeepCopyInto(&out.Status)
}

func (in *CvmSecurityGroupBinding) DeepCopyObject() runtime.Object {
	out := new(CvmSecurityGroupBinding)
	in.DeepCopyInto(out)
	return out
}

func (in *BindingSpec) DeepCopyInto(out *BindingSpec) {
	*out = *in
	out.InstanceIDs = slices.Clone(in.InstanceIDs)
	out.SgIDs = slices.Clone(in.SgIDs)
}

func (in *BindingStatus) DeepCopyInto(out *BindingStatus) {
	*out = *in
	out.Conditions = slices.Clone(in.Conditions)
	out.Instances = slices.Clone(in.Instances)
	for index := range out.Instances {
		out.Instances[index].SgIDs = slices.Clone(in.Instances[index].SgIDs)
	}
}

func (in *BindingStatus) DeepCopy() *BindingStatus {
	out := new(BindingStatus)
	in.DeepCopyInto(out)
	return out
}

func (in *CvmSecurityGroupBindingList) DeepCopyInto(out *CvmSecurityGroupBindingList) {
	out.TypeMeta = in.TypeMeta
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = make([]CvmSecurityGroupBinding, len(in.Items))
	for index := range in.Items {
		in.Items[index].DeepCopyInto(&out.Items[index])
	}
}

func (in *CvmSecurityGroupBindingList) DeepCopyObject() runtime.Object {
	out := new(CvmSecurityGroupBindingList)
	in.DeepCopyInto(out)
	return out
}
