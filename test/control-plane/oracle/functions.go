package main

import (
	"encoding/json"
	"fmt"

	apps "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	resourcehelper "k8s.io/component-helpers/resource"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/daemon/util"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodeports"
)

// Upstream logs each odd value it is given; here they are the point.
var logger = klog.Logger{}

var amountLists = map[string]bool{"requests": true, "limits": true, "overhead": true, "allocatedResources": true, "allocatable": true, "capacity": true}

// Amounts as the API server has stored them: "0.5Gi" has become "512Mi". Before that, resource.Quantity keeps such an amount by
// reference, and upstream's sums then change the very pod that they sum up.
func store(value any, amounts bool) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = store(inner, amounts || amountLists[key])
		}
	case []any:
		for i, inner := range v {
			v[i] = store(inner, false)
		}
	case string:
		if q, err := resource.ParseQuantity(v); amounts && err == nil {
			return canonical(q)
		}
	}
	return value
}

func stored(input json.RawMessage, object any) error {
	var value any
	if err := json.Unmarshal(input, &value); err != nil {
		return err
	}
	text, err := json.Marshal(store(value, false))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, object)
}

// String() gives back what was typed, where that was short; this is the canonical form.
func canonical(q resource.Quantity) string {
	number, suffix := q.CanonicalizeBytes(make([]byte, 0, 32))
	return string(number) + string(suffix)
}

func quantity(input json.RawMessage) (any, error) {
	var in struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	q, err := resource.ParseQuantity(in.Text)
	if err != nil {
		return map[string]any{"ok": false}, nil
	}
	// Beyond int64 upstream's own Value and MilliValue wrap or saturate, and below zero they round away from it or up, by the way
	// in which the amount happens to be kept; the canonical form says all there.
	small := q.Cmp(resource.MustParse("9000000000000")) < 0 && q.Sign() >= 0
	out := map[string]any{"ok": true}
	// Beyond exa upstream writes no suffix, so that its text names another amount.
	if text := canonical(q); q.Cmp(resource.MustParse(text)) == 0 {
		out["canonical"] = text
	}
	if small {
		out["value"] = fmt.Sprint(q.Value())
		out["milli"] = fmt.Sprint(q.MilliValue())
	}
	return out, nil
}

func selector(input json.RawMessage) (any, error) {
	var in struct {
		Selector *metav1.LabelSelector `json:"selector"`
		Labels   map[string]string     `json:"labels"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	parsed, err := metav1.LabelSelectorAsSelector(in.Selector)
	if err != nil {
		return map[string]any{"error": true, "match": false}, nil
	}
	return map[string]any{"error": false, "match": parsed.Matches(labels.Set(in.Labels))}, nil
}

func shouldRun(input json.RawMessage) (any, error) {
	var in struct {
		DaemonSet apps.DaemonSet `json:"daemonSet"`
		Node      v1.Node        `json:"node"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	run, keep := nodeShouldRun(&in.Node, &in.DaemonSet)
	return map[string]any{"shouldRun": run, "shouldContinueRunning": keep}, nil
}

func nodeAffinity(input json.RawMessage) (any, error) {
	var in struct {
		Node    v1.Node    `json:"node"`
		PodSpec v1.PodSpec `json:"podSpec"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	match, err := nodeaffinity.GetRequiredNodeAffinity(&v1.Pod{Spec: in.PodSpec}).Match(&in.Node)
	return map[string]any{"match": match, "parseError": err != nil}, nil
}

func toleration(input json.RawMessage) (any, error) {
	var in struct {
		Taints              []v1.Taint       `json:"taints"`
		Tolerations         []v1.Toleration  `json:"tolerations"`
		FilterEffects       []v1.TaintEffect `json:"filterEffects"`
		ComparisonOperators bool             `json:"comparisonOperators"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	wanted := func(taint *v1.Taint) bool {
		if in.FilterEffects == nil {
			return true
		}
		for _, effect := range in.FilterEffects {
			if taint.Effect == effect {
				return true
			}
		}
		return false
	}
	untolerated := hasUntolerated(in.Taints, in.Tolerations, wanted, in.ComparisonOperators)
	return map[string]any{"tolerated": !untolerated}, nil
}

type requestOptions struct {
	ExcludeOverhead             bool            `json:"excludeOverhead"`
	SkipPodLevelResources       bool            `json:"skipPodLevelResources"`
	SkipContainerLevelResources bool            `json:"skipContainerLevelResources"`
	UseStatusResources          bool            `json:"useStatusResources"`
	InPlacePodLevel             bool            `json:"inPlacePodLevelResourcesVerticalScaling"`
	NonMissing                  v1.ResourceList `json:"nonMissingContainerRequests"`
	UseClaims                   bool            `json:"useDRANodeAllocatableResourceClaimStatus"`
}

func shown(list v1.ResourceList) (map[string]string, map[string]string) {
	text, milli := map[string]string{}, map[string]string{}
	for name, amount := range list {
		text[string(name)] = canonical(amount)
		milli[string(name)] = fmt.Sprint(amount.MilliValue())
	}
	return text, milli
}

func podRequests(input json.RawMessage) (any, error) {
	var in struct {
		Pod     v1.Pod         `json:"pod"`
		Options requestOptions `json:"options"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	options := in.Options.upstream()
	requests, requestsMilli := shown(resourcehelper.PodRequests(&in.Pod, options))
	limits, limitsMilli := shown(resourcehelper.PodLimits(&in.Pod, options))
	return map[string]any{"requests": requests, "requestsMilli": requestsMilli, "limits": limits, "limitsMilli": limitsMilli}, nil
}

func nodeInfoOf(node *v1.Node, pods []*v1.Pod) *framework.NodeInfo {
	info := framework.NewNodeInfo(pods...)
	if node != nil {
		info.SetNode(node)
	}
	return info
}

func fit(input json.RawMessage) (any, error) {
	var in struct {
		Node      v1.Node   `json:"node"`
		Pod       v1.Pod    `json:"pod"`
		OtherPods []*v1.Pod `json:"otherPods"`
		Options   struct {
			PodLevelResources bool `json:"podLevelResources"`
		} `json:"options"`
	}
	if err := stored(input, &in); err != nil {
		return nil, err
	}
	found := insufficient(&in.Pod, nodeInfoOf(&in.Node, in.OtherPods), in.Options.PodLevelResources)
	reasons := []any{}
	for _, f := range found {
		reasons = append(reasons, map[string]any{"resource": f.ResourceName, "reason": f.Reason, "requested": f.Requested,
			"used": f.Used, "capacity": f.Capacity, "unresolvable": f.Unresolvable})
	}
	return map[string]any{"fits": len(found) == 0, "insufficient": reasons}, nil
}

func hostPorts(input json.RawMessage) (any, error) {
	var in struct {
		Pod       v1.Pod    `json:"pod"`
		OtherPods []*v1.Pod `json:"otherPods"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	return map[string]any{"fits": nodeports.Fits(&in.Pod, nodeInfoOf(nil, in.OtherPods))}, nil
}

func kubeletAdmit(input json.RawMessage) (any, error) {
	var in struct {
		Node      v1.Node   `json:"node"`
		FreshNode *v1.Node  `json:"freshNode"`
		Pod       v1.Pod    `json:"pod"`
		OtherPods []*v1.Pod `json:"otherPods"`
	}
	if err := stored(input, &in); err != nil {
		return nil, err
	}
	result := admit(&lifecycle.PodAdmitAttributes{Pod: &in.Pod, OtherPods: in.OtherPods}, &in.Node, in.FreshNode)
	return map[string]any{"admit": result.Admit, "reason": result.Reason, "message": result.Message}, nil
}

func targetNodeName(input json.RawMessage) (any, error) {
	var in struct {
		Pod v1.Pod `json:"pod"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	name, err := util.GetTargetNodeName(&in.Pod)
	return map[string]any{"error": err != nil, "nodeName": name}, nil
}

func replaceAffinity(input json.RawMessage) (any, error) {
	var in struct {
		Affinity *v1.Affinity `json:"affinity"`
		NodeName string       `json:"nodeName"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	return map[string]any{"affinity": util.ReplaceDaemonSetPodNodeNameNodeAffinity(in.Affinity, in.NodeName)}, nil
}
