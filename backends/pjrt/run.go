//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"fmt"

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

// download copies the buffers that devices hold of an output to a new tensor.
func (x *executable) download(buffers []*pjrt.Buffer, typ ir.Type) (*tensor.Tensor, error) {
	t, err := tensor.Dirty(typ.DType, typ.Shape...)
	if err != nil {
		return nil, err
	}
	data := t.Bytes()
	if len(data) == 0 {
		return t, nil
	}
	if !stablehlo.IsSplit(typ, x.devices) {
		buffers = buffers[:1]
	}
	part := len(data) / len(buffers)
	for d, buffer := range buffers {
		if err := buffer.ToHost(data[d*part : (d+1)*part]); err != nil {
			return nil, fmt.Errorf("%s: download of %s: %w", x.backend.name, typ, err)
		}
	}
	return t, nil
}

// Run uploads the inputs, executes once and downloads the outputs.
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

func (x *executable) execute(inputs []*tensor.Tensor) ([]*tensor.Tensor, error) {
	var args [][]*pjrt.Buffer
	defer func() {
		for _, buffers := range args {
			destroy(buffers)
		}
	}()
	for _, t := range inputs {
		buffers, err := x.upload(t)
		if err != nil {
			return nil, err
		}
		args = append(args, buffers)
	}
	var list []*pjrt.Buffer // of all arguments, device by device
	for d := range x.devices {
		for _, buffers := range append(args[:len(args):len(args)], x.constants...) {
			list = append(list, buffers[d])
		}
	}
	results, err := x.loaded.Execute(list...).Done()
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", x.backend.name, x.graph.Name, err)
	}
	defer destroy(results)
	perDevice := len(results) / x.devices
	outputs := make([]*tensor.Tensor, len(x.outputs))
	for i, typ := range x.outputs {
		var held []*pjrt.Buffer
		for d := range x.devices {
			held = append(held, results[d*perDevice+i])
		}
		if outputs[i], err = x.download(held, typ); err != nil {
			return nil, err
		}
	}
	return x.checkOutputs(outputs)
}

// checkOutputs reports a failed check and cuts off what tells of it.
func (x *executable) checkOutputs(outputs []*tensor.Tensor) ([]*tensor.Tensor, error) {
	if len(x.checks) == 0 {
		return outputs, nil
	}
	n := len(outputs) - 2
	failed, step := outputs[n].Item().(int32), outputs[n+1].Item().(int32)
	if failed == 0 {
		return outputs[:n], nil
	}
	c := x.checks[failed-1]
	return nil, c.Error(int(step))
}

// destroy frees buffers now instead of when the collector finds them. An error would mean that there is nothing to free.
func destroy(buffers []*pjrt.Buffer) {
	for _, b := range buffers {
		_ = b.Destroy()
	}
}
