//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/go-xla/pkg/pjrt"
	"github.com/gomlx/go-xla/pkg/types/dtypes"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// elementTypes are the names of element types in go-xla.
var elementTypes = map[dtype.DType]dtypes.DType{
	dtype.Bool: dtypes.Bool, dtype.Int8: dtypes.Int8, dtype.Int16: dtypes.Int16, dtype.Int32: dtypes.Int32, dtype.Int64: dtypes.Int64,
	dtype.Uint8: dtypes.Uint8, dtype.Uint16: dtypes.Uint16, dtype.Uint32: dtypes.Uint32, dtype.Uint64: dtypes.Uint64,
	dtype.Float16: dtypes.Float16, dtype.BFloat16: dtypes.BFloat16, dtype.Float32: dtypes.Float32, dtype.Float64: dtypes.Float64,
	dtype.Complex64: dtypes.Complex64, dtype.Complex128: dtypes.Complex128,
}

// upload copies a tensor to the devices of the program: to each its part, or all of it.
func (x *executable) upload(t *tensor.Tensor) ([]*pjrt.Buffer, error) {
	typ, data := ir.TypeOf(t), t.Bytes()
	shape, part := t.Shape(), len(data)
	split := stablehlo.IsSplit(typ, x.devices)
	if split {
		shape[0] /= x.devices
		part /= x.devices
	}
	if len(data) == 0 {
		data = make([]byte, 1)[:0] // go-xla pins the first element, also of none
	}
	var buffers []*pjrt.Buffer
	for d := range x.devices {
		chunk := data
		if split {
			chunk = data[d*part : (d+1)*part]
		}
		buffer, err := x.backend.client.BufferFromHost().FromRawData(chunk, elementTypes[typ.DType], shape).ToDeviceNum(d).Done()
		if err != nil {
			destroy(buffers)
			return nil, fmt.Errorf("%s: upload of %s: %w", x.backend.name, typ, err)
		}
		buffers = append(buffers, buffer)
	}
	return buffers, nil
}

// Run executes once, on inputs that are brought to the devices where need be.
func (x *executable) Run(ctx context.Context, inputs []*tensor.Tensor, opts backends.RunOptions) ([]*tensor.Tensor, error) {
	if err := backends.CheckInputs(x.inputs, inputs); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type outcome struct {
		outputs []*tensor.Tensor
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		outputs, err := x.execute(inputs)
		done <- outcome{outputs, err}
	}()
	select {
	case <-ctx.Done(): // XLA cannot be interrupted: nobody will look at what it computes
		return nil, ctx.Err()
	case o := <-done:
		if o.err == nil && opts.Progress != nil {
			x.reportDone(opts)
		}
		return o.outputs, o.err
	}
}

// reportDone reports the steps of the outermost loops.
func (x *executable) reportDone(opts backends.RunOptions) {
	for _, n := range x.graph.Nodes {
		if a, ok := n.Attrs.(op.LoopAttrs); ok {
			opts.Progress(a.Trip, a.Trip)
		}
	}
}

// execute runs the program once. Its outputs stay on the devices until somebody looks at them.
func (x *executable) execute(inputs []*tensor.Tensor) (_ []*tensor.Tensor, err error) {
	defer ir.Catch(&err) // a device that fails when elements are fetched
	args, err := x.arguments(inputs)
	if err != nil {
		return nil, err
	}
	defer args.giveBack()
	all := slices.Concat(args.buffers, x.constants)
	var list []*pjrt.Buffer // device by device
	for d := range x.devices {
		for _, buffers := range all {
			list = append(list, buffers[d])
		}
	}
	results, err := x.loaded.Execute(list...).Donate(x.donate(inputs, args)...).Done()
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", x.backend.name, x.graph.Name, err)
	}
	outputs := make([]*tensor.Tensor, len(x.outputs))
	perDevice := len(results) / x.devices
	for i, typ := range x.outputs {
		var held []*pjrt.Buffer
		for d := range x.devices {
			held = append(held, results[d*perDevice+i])
		}
		outputs[i], err = tensor.Remote(typ.DType, x.backend.newResident(typ, held), typ.Shape...)
		if err != nil {
			destroy(results)
			return nil, err
		}
	}
	return x.checkOutputs(outputs)
}

// arguments are the inputs of a run on the devices.
type arguments struct {
	buffers [][]*pjrt.Buffer // for each input, one for each device
	held    []*resident      // what they were borrowed from; nil for those that are this run's alone
}

// arguments brings the inputs to the devices where they are not there yet, and leaves them there for later runs. An input that would be given
// up is uploaded for this run alone: its copy here stays good.
func (x *executable) arguments(inputs []*tensor.Tensor) (*arguments, error) {
	args := &arguments{}
	for i, t := range inputs {
		if r, ok := t.Source().(*resident); ok {
			if buffers, ok := r.borrow(x.backend, x.devices); ok {
				args.add(buffers, r)
				continue
			}
		}
		buffers, err := x.upload(t)
		if err != nil {
			args.giveBack()
			return nil, err
		}
		if x.aliased(i) {
			args.add(buffers, nil)
			continue
		}
		r := x.backend.newResident(x.inputs[i], buffers)
		r.users++
		args.add(buffers, r)
		if !t.Attach(r) { // it lies on another backend's devices, or another run was quicker
			r.Free()
		}
	}
	return args, nil
}

func (a *arguments) add(buffers []*pjrt.Buffer, from *resident) {
	a.buffers, a.held = append(a.buffers, buffers), append(a.held, from)
}

// giveBack says that the run is over.
func (a *arguments) giveBack() {
	for i, r := range a.held {
		if r == nil {
			destroy(a.buffers[i])
		} else {
			r.giveBack()
		}
	}
}

// aliased reports whether an output may take the memory of input i.
func (x *executable) aliased(i int) bool {
	return slices.ContainsFunc(x.aliases, func(a backends.Alias) bool { return a.Input == i })
}

// donate lists the inputs whose memory is given up: the tensors have no elements afterwards, whatever becomes of the run.
func (x *executable) donate(inputs []*tensor.Tensor, args *arguments) []int {
	var list []int
	for _, a := range x.aliases {
		if r := args.held[a.Input]; r == nil || r.surrender(inputs[a.Input]) {
			list = append(list, a.Input)
		}
	}
	return list
}

// checkOutputs reports a failed check and cuts off what tells of it.
func (x *executable) checkOutputs(outputs []*tensor.Tensor) ([]*tensor.Tensor, error) {
	if len(x.checks) == 0 {
		return outputs, nil
	}
	n := len(outputs) - 2
	failed, step := outputs[n].Item().(int32), outputs[n+1].Item().(int32)
	if failed == 0 {
		release(outputs[n:])
		return outputs[:n], nil
	}
	release(outputs)
	return nil, x.checks[failed-1].Error(int(step))
}

// release frees what a run has computed and nobody will get, now instead of when the collector finds it.
func release(outputs []*tensor.Tensor) {
	for _, t := range outputs {
		t.Release()
	}
}

// destroy frees buffers now instead of when the collector finds them. An error would mean that there is nothing to free.
func destroy(buffers []*pjrt.Buffer) {
	for _, b := range buffers {
		_ = b.Destroy()
	}
}
