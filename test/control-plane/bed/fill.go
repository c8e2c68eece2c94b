package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	podsPerTransaction = 100
	daemonShare        = 2 // every second pod belongs to a DaemonSet
)

// fill writes nodes and running pods straight into etcd, past the API server: 300,000 writes through the API
// would take minutes. Only with controller manager and scheduler stopped, as both would act on what they find.
func fill(args []string) int {
	flags := flag.NewFlagSet("fill", flag.ContinueOnError)
	endpoint := flags.String("etcd", "", "client URL of etcd, http://127.0.0.1:PORT")
	nodes := flags.Int("nodes", 5000, "how many nodes")
	pods := flags.Int("pods", 150000, "how many pods, spread evenly over the nodes")
	seed := flags.Int64("seed", 1, "seed of UIDs: the same seed writes the same cluster")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *endpoint == "" || *nodes < 1 || *pods < 0 {
		fmt.Fprintln(os.Stderr, "fill: --etcd is required, --nodes must be at least 1, --pods at least 0")
		return 2
	}
	if err := fillCluster(*endpoint, *nodes, *pods, rand.New(rand.NewSource(*seed))); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		return 1
	}
	return 0
}

func fillCluster(endpoint string, nodes, pods int, random *rand.Rand) error {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer client.Close()
	codec := scheme.Codecs.CodecForVersions(
		protobuf.NewSerializer(scheme.Scheme, scheme.Scheme), nil, corev1.SchemeGroupVersion, nil)
	batch := batchWriter{client: client, codec: codec}
	for i := range nodes {
		if err := batch.put(fmt.Sprintf("/registry/minions/%s", nodeName(i)), filledNode(i, random)); err != nil {
			return err
		}
	}
	for i := range pods {
		pod := filledPod(i, nodeName(i%nodes), random)
		if err := batch.put(fmt.Sprintf("/registry/pods/%s/%s", pod.Namespace, pod.Name), pod); err != nil {
			return err
		}
	}
	return batch.flush()
}

type batchWriter struct {
	client  *clientv3.Client
	codec   runtime.Encoder
	pending []clientv3.Op
}

func (b *batchWriter) put(key string, object runtime.Object) error {
	bytes, err := runtime.Encode(b.codec, object)
	if err != nil {
		return err
	}
	b.pending = append(b.pending, clientv3.OpPut(key, string(bytes)))
	if len(b.pending) < podsPerTransaction {
		return nil
	}
	return b.flush()
}

func (b *batchWriter) flush() error {
	if len(b.pending) == 0 {
		return nil
	}
	_, err := b.client.Txn(context.Background()).Then(b.pending...).Commit()
	b.pending = b.pending[:0]
	return err
}

func nodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

func uid(random *rand.Rand) types.UID {
	return types.UID(fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
		random.Uint32(), random.Intn(1<<16), random.Intn(1<<12), random.Intn(1<<12), random.Int63n(1<<48)))
}

var bornAt = metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

func filledNode(i int, random *rand.Rand) *corev1.Node {
	amounts := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("16"),
		corev1.ResourceMemory: resource.MustParse("64Gi"),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: nodeName(i), UID: uid(random), CreationTimestamp: bornAt,
			Labels: map[string]string{
				"kubernetes.io/hostname": nodeName(i), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
				"topology.kubernetes.io/zone": fmt.Sprintf("zone-%d", i%3), "pool": fmt.Sprintf("pool-%d", i%8),
			},
		},
		Status: corev1.NodeStatus{
			Capacity: amounts, Allocatable: amounts,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue,
				Reason: "KubeletReady", LastHeartbeatTime: bornAt, LastTransitionTime: bornAt}},
			NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.37.2", OperatingSystem: "linux", Architecture: "amd64"},
		},
	}
}

func filledPod(i int, node string, random *rand.Rand) *corev1.Pod {
	isController := true
	owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: fmt.Sprintf("web-%d", i%200),
		UID: types.UID(fmt.Sprintf("owner-%d", i%200)), Controller: &isController}
	if i%daemonShare == 0 {
		owner.Kind, owner.Name = "DaemonSet", fmt.Sprintf("agent-%d", i%30)
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("pod-%06d", i), Namespace: fmt.Sprintf("ns-%d", i%20), UID: uid(random),
			CreationTimestamp: bornAt, OwnerReferences: []metav1.OwnerReference{owner},
			Labels: map[string]string{"app": owner.Name, "controller-revision-hash": "5d9c8f7b6"},
		},
		Spec: corev1.PodSpec{
			NodeName: node,
			Containers: []corev1.Container{{
				Name: "main", Image: "registry.invalid/main:1",
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}},
				Env: []corev1.EnvVar{{Name: "NODE", Value: node}},
			}},
			Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255), StartTime: &bornAt,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: bornAt},
				{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: bornAt},
			},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "main", Ready: true, Image: "registry.invalid/main:1",
				State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: bornAt}}}},
		},
	}
}
