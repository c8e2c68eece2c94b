// The oracle answers questions with Kubernetes' own code: one JSON line in, {"id","kind","input"}, one JSON line out,
// {"id","expected"} or {"id","error"}. Answers may come in another order than the questions.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"

	"k8s.io/klog/v2"
)

type question struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"`
	Input json.RawMessage `json:"input"`
}

type answer struct {
	ID       string `json:"id"`
	Expected any    `json:"expected,omitempty"`
	Error    string `json:"error,omitempty"`
}

type answerer func(input json.RawMessage) (any, error)

var kinds = map[string]answerer{
	"quantity":        quantity,
	"selector":        selector,
	"shouldRun":       shouldRun,
	"nodeAffinity":    nodeAffinity,
	"toleration":      toleration,
	"podRequests":     podRequests,
	"fit":             fit,
	"hostPorts":       hostPorts,
	"kubeletAdmit":    kubeletAdmit,
	"targetNodeName":  targetNodeName,
	"replaceAffinity": replaceAffinity,
	"sync":            syncOnce,
	"encode":          encode,
}

// A controller run waits most of its time, so that several may run beside each other.
const atOnce = 12

func reply(q question) (a answer) {
	a.ID = q.ID
	defer func() {
		if r := recover(); r != nil {
			a.Expected, a.Error = nil, fmt.Sprintf("panic: %v", r)
		}
	}()
	ask, ok := kinds[q.Kind]
	if !ok {
		a.Error = fmt.Sprintf("no such kind: %q", q.Kind)
		return a
	}
	expected, err := ask(q.Input)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Expected = expected
	return a
}

func main() {
	// Upstream complains of odd objects; they are what is asked about.
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL"} {
		if err := flags.Set(name, value); err != nil {
			panic(err)
		}
	}
	klog.SetOutput(io.Discard)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var lock sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	write := func(a answer) {
		line, err := json.Marshal(a)
		if err != nil {
			line, _ = json.Marshal(answer{ID: a.ID, Error: err.Error()})
		}
		lock.Lock()
		defer lock.Unlock()
		out.Write(append(line, '\n'))
		// Whoever asks one question at a time waits for this line.
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var q question
			if bad := json.Unmarshal(line, &q); bad != nil {
				write(answer{Error: bad.Error()})
			} else if q.Kind == "sync" {
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					write(reply(q))
					lock.Lock()
					defer lock.Unlock()
					out.Flush()
				})
			} else {
				write(reply(q))
			}
		}
		if err != nil {
			break
		}
	}
	running.Wait()
	out.Flush()
}
