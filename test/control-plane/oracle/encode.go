package main

import (
	"bytes"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

var (
	enveloped = protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	bare      = protobuf.NewRawSerializer(scheme.Scheme, scheme.Scheme)
)

type encoded struct {
	// As Go writes it: what both forms are compared by.
	JSON     any    `json:"json"`
	Protobuf []byte `json:"protobuf"`
	// The object in a watch's event, behind its length, when a type was asked for.
	Frame []byte `json:"frame,omitempty"`
}

// An object or a list, with kind and apiVersion, as an API server sends it in protobuf.
func encode(input json.RawMessage) (any, error) {
	var in struct {
		Object json.RawMessage `json:"object"`
		Type   string          `json:"type"`
	}
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, err
	}
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(in.Object, nil, nil)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := enveloped.Encode(object, &out); err != nil {
		return nil, err
	}
	answer := encoded{JSON: object, Protobuf: out.Bytes()}
	if in.Type != "" {
		event := &metav1.WatchEvent{Type: in.Type, Object: runtime.RawExtension{Raw: out.Bytes()}}
		var frame bytes.Buffer
		err = bare.Encode(event, protobuf.LengthDelimitedFramer.NewFrameWriter(&frame))
		answer.Frame = frame.Bytes()
	}
	return answer, err
}
