package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"

	apps "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	appsinformers "k8s.io/client-go/informers/apps/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes/fake"
	ktesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/daemon"
	testingclock "k8s.io/utils/clock/testing"
)

type syncInput struct {
	DaemonSet   apps.DaemonSet `json:"daemonSet"`
	Nodes       []v1.Node      `json:"nodes"`
	Pods        []v1.Pod       `json:"pods"`
	Now         time.Time      `json:"now"`
	UpdatedHash string         `json:"updatedHash"`
	// Nodes on which the controller has just deleted a failed pod.
	InBackoff []string `json:"inBackoff"`
}

// What the controller did before it wrote its first status.
type acts struct {
	sync.Mutex
	done    bool
	creates []string
	deletes []string
	status  *apps.DaemonSetStatus
}

func (in *syncInput) objects() []runtime.Object {
	set := &in.DaemonSet
	if set.Namespace == "" {
		set.Namespace = "default"
	}
	set.UID = types.UID("uid-" + set.Name)
	// Differs from the status, so that counters that are right already are written too.
	set.Generation, set.Status.ObservedGeneration = 1, 0
	hash := controller.ComputeHash(&set.Spec.Template, set.Status.CollisionCount)
	objects := []runtime.Object{set}
	for i := range in.Nodes {
		objects = append(objects, &in.Nodes[i])
	}
	yes := true
	for i := range in.Pods {
		pod := &in.Pods[i]
		pod.Namespace = set.Namespace
		pod.UID = types.UID("uid-" + pod.Name)
		if pod.Labels[apps.DefaultDaemonSetUniqueLabelKey] == in.UpdatedHash {
			pod.Labels[apps.DefaultDaemonSetUniqueLabelKey] = hash
		}
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: set.Name, UID: set.UID, Controller: &yes}}
		objects = append(objects, pod)
	}
	return objects
}

func (a *acts) watch(client *fake.Clientset, finished context.CancelFunc) {
	client.PrependReactor("create", "pods", func(action ktesting.Action) (bool, runtime.Object, error) {
		a.Lock()
		defer a.Unlock()
		pod := action.(ktesting.CreateAction).GetObject().(*v1.Pod)
		if !a.done {
			a.creates = append(a.creates, pinnedNode(pod))
		}
		return true, pod, nil
	})
	client.PrependReactor("delete", "pods", func(action ktesting.Action) (bool, runtime.Object, error) {
		a.Lock()
		defer a.Unlock()
		if !a.done {
			a.deletes = append(a.deletes, action.(ktesting.DeleteAction).GetName())
		}
		return true, nil, nil
	})
	client.PrependReactor("update", "daemonsets", func(action ktesting.Action) (bool, runtime.Object, error) {
		set := action.(ktesting.UpdateAction).GetObject().(*apps.DaemonSet)
		if action.GetSubresource() == "status" {
			a.Lock()
			defer a.Unlock()
			if !a.done {
				a.done, a.status = true, set.Status.DeepCopy()
				finished()
			}
		}
		return true, set, nil
	})
}

// An informer that remembers who listens, so that one can wait until they have heard everything.
type listened struct {
	cache.SharedIndexInformer
	handled *[]cache.InformerSynced
}

func (l listened) AddEventHandler(handler cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	registration, err := l.SharedIndexInformer.AddEventHandler(handler)
	if err == nil {
		*l.handled = append(*l.handled, registration.HasSynced)
	}
	return registration, err
}

type daemonSets struct {
	appsinformers.DaemonSetInformer
	handled *[]cache.InformerSynced
}
type revisions struct {
	appsinformers.ControllerRevisionInformer
	handled *[]cache.InformerSynced
}
type pods struct {
	coreinformers.PodInformer
	handled *[]cache.InformerSynced
}
type nodes struct {
	coreinformers.NodeInformer
	handled *[]cache.InformerSynced
}

func (d daemonSets) Informer() cache.SharedIndexInformer {
	return listened{d.DaemonSetInformer.Informer(), d.handled}
}
func (r revisions) Informer() cache.SharedIndexInformer {
	return listened{r.ControllerRevisionInformer.Informer(), r.handled}
}
func (p pods) Informer() cache.SharedIndexInformer {
	return listened{p.PodInformer.Informer(), p.handled}
}
func (n nodes) Informer() cache.SharedIndexInformer {
	return listened{n.NodeInformer.Informer(), n.handled}
}

func pinnedNode(pod *v1.Pod) string {
	for _, term := range pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		for _, field := range term.MatchFields {
			return field.Values[0]
		}
	}
	return ""
}

// One sync of the real DaemonSet controller over a fake API: pods it wants to create and delete are noted and swallowed, so
// that everything seen until the first status belongs to one look at the given objects.
func syncOnce(input json.RawMessage) (any, error) {
	var in syncInput
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(klog.NewContext(context.Background(), logger), 20*time.Second)
	defer cancel()
	client := fake.NewClientset(in.objects()...)
	var seen acts
	finishedCtx, finished := context.WithCancel(ctx)
	seen.watch(client, finished)

	factory := informers.NewSharedInformerFactory(client, 0)
	backoff := flowcontrol.NewFakeBackOff(time.Second, 15*time.Minute, testingclock.NewFakeClock(in.Now))
	for _, node := range in.InBackoff {
		// As failedPodsBackoffKey of daemon_controller.go makes it.
		backoff.Next(fmt.Sprintf("%s/%d/%s", in.DaemonSet.UID, in.DaemonSet.Status.ObservedGeneration, node), in.Now)
	}
	var handled []cache.InformerSynced
	set, err := daemon.NewDaemonSetsController(ctx,
		daemonSets{factory.Apps().V1().DaemonSets(), &handled}, revisions{factory.Apps().V1().ControllerRevisions(), &handled},
		pods{factory.Core().V1().Pods(), &handled}, nodes{factory.Core().V1().Nodes(), &handled}, client, backoff)
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	// Adds of pods that are handled after the sync began would count as the creations it waits for.
	if !cache.WaitForCacheSync(ctx.Done(), handled...) {
		return nil, fmt.Errorf("the informers were not ready in 20 s")
	}
	go set.Run(ctx, 1)
	<-finishedCtx.Done()

	seen.Lock()
	defer seen.Unlock()
	if seen.status == nil {
		return nil, fmt.Errorf("the controller wrote no status in 20 s")
	}
	sort.Strings(seen.creates)
	sort.Strings(seen.deletes)
	s := seen.status
	return map[string]any{
		"create": append([]string{}, seen.creates...),
		"delete": append([]string{}, seen.deletes...),
		"status": map[string]any{
			"desiredNumberScheduled": s.DesiredNumberScheduled, "currentNumberScheduled": s.CurrentNumberScheduled,
			"numberMisscheduled": s.NumberMisscheduled, "numberReady": s.NumberReady, "updatedNumberScheduled": s.UpdatedNumberScheduled,
			"numberAvailable": s.NumberAvailable, "numberUnavailable": s.NumberUnavailable,
		},
	}, nil
}
