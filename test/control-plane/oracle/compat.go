//go:build !v1.34

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

// What older versions of Kubernetes (compat_v1.34.go) have with other parameters, or not at all.

func nodeShouldRun(node *v1.Node, set *apps.DaemonSet) (bool, bool) {
	return daemon.NodeShouldRunDaemonPod(logger, node, set)
}

func hasUntolerated(taints []v1.Taint, tolerations []v1.Toleration, wanted func(*v1.Taint) bool, comparison bool) bool {
	_, untolerated := corev1helpers.FindMatchingUntoleratedTaint(logger, taints, tolerations, wanted, comparison)
	return untolerated
}

func (o requestOptions) upstream() resourcehelper.PodResourcesOptions {
	return resourcehelper.PodResourcesOptions{
		ExcludeOverhead:                                o.ExcludeOverhead,
		SkipPodLevelResources:                          o.SkipPodLevelResources,
		SkipContainerLevelResources:                    o.SkipContainerLevelResources,
		UseStatusResources:                             o.UseStatusResources,
		InPlacePodLevelResourcesVerticalScalingEnabled: o.InPlacePodLevel,
		NonMissingContainerRequests:                    o.NonMissing,
		UseDRANodeAllocatableResourceClaimStatus:       o.UseClaims,
	}
}

func insufficient(pod *v1.Pod, info *framework.NodeInfo, podLevel bool) []noderesources.InsufficientResource {
	return noderesources.Fits(pod, info, nil, noderesources.ResourceRequestsOptions{EnablePodLevelResources: podLevel})
}

type noRecovery struct{}

func (noRecovery) HandleAdmissionFailure(_ context.Context, _ *v1.Pod, reasons []lifecycle.PredicateFailureReason, _ lifecycle.Operation) ([]lifecycle.PredicateFailureReason, error) {
	return reasons, nil
}

// The kubelet looks at its cached node first and asks the API server again when a pod does not match it.
func admit(attributes *lifecycle.PodAdmitAttributes, cachedNode, freshNode *v1.Node) lifecycle.PodAdmitResult {
	handler := lifecycle.NewPredicateAdmitHandler(
		func(_ context.Context, cached bool) (*v1.Node, error) {
			if !cached && freshNode != nil {
				return freshNode, nil
			}
			return cachedNode, nil
		},
		noRecovery{},
		func(*framework.NodeInfo, *lifecycle.PodAdmitAttributes) error { return nil },
	)
	return handler.Admit(context.Background(), attributes)
}
