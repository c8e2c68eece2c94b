//go:build v1.34

package main

import (
	"context"

	apps "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	resourcehelper "k8s.io/component-helpers/resource"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/kubernetes/pkg/controller/daemon"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"
)

func nodeShouldRun(node *v1.Node, set *apps.DaemonSet) (bool, bool) {
	return daemon.NodeShouldRunDaemonPod(node, set)
}

// The gate of comparing tolerations came with 1.35.
func hasUntolerated(taints []v1.Taint, tolerations []v1.Toleration, wanted func(*v1.Taint) bool, _ bool) bool {
	_, untolerated := corev1helpers.FindMatchingUntoleratedTaint(taints, tolerations, wanted)
	return untolerated
}

// Pod-level amounts in the status and resource claims do not count yet.
func (o requestOptions) upstream() resourcehelper.PodResourcesOptions {
	return resourcehelper.PodResourcesOptions{
		ExcludeOverhead:             o.ExcludeOverhead,
		SkipPodLevelResources:       o.SkipPodLevelResources,
		SkipContainerLevelResources: o.SkipContainerLevelResources,
		UseStatusResources:          o.UseStatusResources,
		NonMissingContainerRequests: o.NonMissing,
	}
}

func insufficient(pod *v1.Pod, info *framework.NodeInfo, podLevel bool) []noderesources.InsufficientResource {
	return noderesources.Fits(pod, info, noderesources.ResourceRequestsOptions{EnablePodLevelResources: podLevel})
}

type noRecovery struct{}

func (noRecovery) HandleAdmissionFailure(_ context.Context, _ *v1.Pod, reasons []lifecycle.PredicateFailureReason) ([]lifecycle.PredicateFailureReason, error) {
	return reasons, nil
}

// The kubelet does not look a second time.
func admit(attributes *lifecycle.PodAdmitAttributes, node, _ *v1.Node) lifecycle.PodAdmitResult {
	handler := lifecycle.NewPredicateAdmitHandler(
		func() (*v1.Node, error) { return node, nil },
		noRecovery{},
		func(*framework.NodeInfo, *lifecycle.PodAdmitAttributes) error { return nil },
	)
	return handler.Admit(attributes)
}
