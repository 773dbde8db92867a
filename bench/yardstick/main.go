// Command yardstick is a conventional operator for CvmSecurityGroupBinding objects: controller-runtime with its
// defaults, ten workers, one read and one write for each binding, the vendor's SDK. The benchmark runs it beside the
// product, on the same machine and against the same cloud, to have something to hold the product against. It is no
// part of the product and keeps only what a benchmark declares.
package main

import (
	"flag"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	endpoint := flag.String("endpoint", "", "URL of the cloud API, such as http://127.0.0.1:8080; the vendor's own without it")
	resync := flag.Duration("resync", time.Minute, "time between two checks of a binding")
	leaderElect := flag.Bool("leader-elect", false, "act only while holding a lease")
	leaseNamespace := flag.String("lease-namespace", "default", "namespace of the lease")
	metricsAddress := flag.String("metrics", "0", "address that serves /metrics; 0 for none")
	flag.Parse() // -kubeconfig is a flag of controller-runtime.

	ctrl.SetLogger(zap.New())
	setupLog := ctrl.Log.WithName("setup")

	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(AddToScheme(scheme))

	cloud, err := NewCloud(*endpoint, os.Getenv("TENCENTCLOUD_SECRET_ID"), os.Getenv("TENCENTCLOUD_SECRET_KEY"))
	if err != nil {
		setupLog.Error(err, "unable to set up the cloud's client")
		os.Exit(1)
	}

	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       metricsserver.Options{BindAddress: *metricsAddress},
		LeaderElection:                *leaderElect,
		LeaderElectionID:              "yardstick.cvmsg.dev",
		LeaderElectionNamespace:       *leaseNamespace,
		LeaderElectionReleaseOnCancel: true, // The program ends as soon as the manager stops.
	})
	if err != nil {
		setupLog.Error(err, "unable to create the manager")
		os.Exit(1)
	}

	reconciler := &Reconciler{Client: manager.GetClient(), Cloud: cloud, Resync: *resync}
	if err := reconciler.SetupWithManager(manager); err != nil {
		setupLog.Error(err, "unable to create the controller")
		os.Exit(1)
	}
	if err := manager.Start(ctrl.SetupSignalHandler()); err != nil {
		setupLog.Error(err, "the manager ended")
		os.Exit(1)
	}
}
