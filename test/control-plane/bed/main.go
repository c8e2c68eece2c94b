// Program bed is a whole Kubernetes control plane in one file: the first argument picks the component.
// It exists so that dsaudit is tested against Kubernetes itself, without a container engine.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Only the chosen component is constructed: each registers flags and metrics of its own.
var components = map[string]func() int{
	"etcd": func() int {
		etcdmain.Main(append([]string{"etcd"}, os.Args[1:]...))
		return 0
	},
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kubectl":                 func() int { return cli.Run(kubectl.NewDefaultKubectlCommand()) },
	"fill":                    func() int { return fill(os.Args[1:]) },
}

func main() {
	if len(os.Args) < 2 {
		usage()
		os.Exit(2)
	}
	component, known := components[os.Args[1]]
	if !known {
		usage()
		os.Exit(2)
	}
	// Components read os.Args themselves; they must see their own name first.
	os.Args = append([]string{filepath.Join(filepath.Dir(os.Args[0]), os.Args[1])}, os.Args[2:]...)
	os.Exit(component())
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: bed etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl|fill [flags]")
}
