// The peer of our reader: client-go's informers over protobuf, with a transform that keeps only what a DaemonSet auditor needs.
// Reads all pods, nodes and DaemonSets once and prints one line of JSON: objects, milliseconds, CPU, peak memory.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

type sync struct {
	Objects int     `json:"objects"`
	Ms      float64 `json:"ms"`
	CPUMs   float64 `json:"cpuMs"`
}

type read struct {
	Sync          sync    `json:"sync"`
	PeakMegabytes float64 `json:"peakMegabytes"`
	KeptMegabytes float64 `json:"keptMegabytes"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "whom to read")
	whole := flag.Bool("whole", false, "keep objects as they are")
	flag.Parse()
	if err := run(*kubeconfig, *whole); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(kubeconfig string, whole bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.QPS, config.Burst = -1, -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	began, spent := time.Now(), cpuMs()
	var options []informers.SharedInformerOption
	if !whole {
		options = append(options, informers.WithTransform(strip))
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, options...)
	all := []cache.SharedIndexInformer{
		factory.Core().V1().Pods().Informer(),
		factory.Core().V1().Nodes().Informer(),
		factory.Apps().V1().DaemonSets().Informer(),
	}
	stop := make(chan struct{})
	defer close(stop)
	factory.Start(stop)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	objects := 0
	for _, informer := range all {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return fmt.Errorf("not synced in time")
		}
		objects += len(informer.GetStore().ListKeys())
	}
	return json.NewEncoder(os.Stdout).Encode(read{
		Sync:          sync{Objects: objects, Ms: float64(time.Since(began).Microseconds()) / 1000, CPUMs: cpuMs() - spent},
		PeakMegabytes: peakMegabytes(),
	})
}

// strip drops what is large and not needed, as controllers do.
func strip(object any) (any, error) {
	if accessor, ok := object.(metav1.Object); ok {
		accessor.SetManagedFields(nil)
	}
	switch one := object.(type) {
	case *corev1.Pod:
		one.Annotations = nil
		one.Spec.Volumes = nil
		for i := range one.Spec.Containers {
			container := &one.Spec.Containers[i]
			container.Env, container.EnvFrom, container.Args, container.Command = nil, nil, nil, nil
			container.VolumeMounts, container.LivenessProbe, container.ReadinessProbe = nil, nil, nil
		}
	case *corev1.Node:
		one.Status.Images = nil
	}
	return object.(runtime.Object), nil
}

func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// peakMegabytes is of this program alone: getrusage begins with the peak of whoever started it.
func peakMegabytes() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			if err == nil {
				return kilobytes / 1024
			}
		}
	}
	return 0
}
