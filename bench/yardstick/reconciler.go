package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const workers = 10

var observedBindings = prometheus.NewCounter(prometheus.CounterOpts{
	Name: "yardstick_observed_bindings",
	Help: "Bindings whose instances were read at least once since the start.",
})

func init() {
	metrics.Registry.MustRegister(observedBindings)
}

// Reconciler keeps the ordered security-group list of each binding's instances.
type Reconciler struct {
	client.Client
	Cloud  *Cloud
	Resync time.Duration

	observed sync.Map // The name of each binding that was counted as observed.
}

func (r *Reconciler) SetupWithManager(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).
		For(&CvmSecurityGroupBinding{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(r)
}

func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var binding CvmSecurityGroupBinding
	if err := r.Get(ctx, request.NamespacedName, &binding); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	spec := binding.Spec

	lists, err := r.Cloud.Lists(ctx, spec.Region, spec.InstanceIDs)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("reading the instances: %w", err)
	}
	r.countObserved(request.NamespacedName)

	var drifted []string
	for _, id := range spec.InstanceIDs {
		if list, found := lists[id]; found && !slices.Equal(list, spec.SgIDs) {
			drifted = append(drifted, id)
		}
	}
	if len(drifted) > 0 {
		if err := r.Cloud.SetList(ctx, spec.Region, drifted, spec.SgIDs); err != nil {
			return ctrl.Result{}, fmt.Errorf("writing the instances: %w", err)
		}
	}

	before := binding.Status.DeepCopy()
	setStatus(&binding, lists)
	if !equality.Semantic.DeepEqual(before, &binding.Status) {
		if err := r.Status().Update(ctx, &binding); err != nil {
			return ctrl.Result{}, fmt.Errorf("updating the status: %w", err)
		}
	}
	return ctrl.Result{RequeueAfter: r.Resync}, nil
}

func (r *Reconciler) countObserved(name types.NamespacedName) {
	if _, known := r.observed.LoadOrStore(name, struct{}{}); !known {
		observedBindings.Inc()
	}
}

// setStatus describes the instances after the write: each one that exists has the declared list.
func setStatus(binding *CvmSecurityGroupBinding, found map[string][]string) {
	spec, status := binding.Spec, &binding.Status
	status.ObservedGeneration = binding.Generation
	status.InstanceCount = int32(len(spec.InstanceIDs))
	status.InSyncCount = 0
	status.Instances = make([]InstanceStatus, 0, len(spec.InstanceIDs))
	for _, id := range spec.InstanceIDs {
		if _, exists := found[id]; !exists {
			status.Instances = append(status.Instances, InstanceStatus{InstanceID: id, State: "NotFound"})
			continue
		}
		status.Instances = append(status.Instances, InstanceStatus{InstanceID: id, State: "InSync", SgIDs: spec.SgIDs})
		status.InSyncCount++
	}

	ready := metav1.Condition{
		Type:               "Ready",
		Status:             metav1.ConditionTrue,
		Reason:             "InSync",
		Message:            "Every instance has the declared list.",
		ObservedGeneration: binding.Generation,
	}
	if missing := status.InstanceCount - status.InSyncCount; missing > 0 {
		ready.Status = metav1.ConditionFalse
		ready.Reason = "NotFound"
		ready.Message = fmt.Sprintf("%d of %d instances do not exist.", missing, status.InstanceCount)
	}
	meta.SetStatusCondition(&status.Conditions, ready)
}
