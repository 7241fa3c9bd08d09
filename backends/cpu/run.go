package cpu

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/backends/cpu/native"
	"github.com/ranvier-go/ranvier/backends/cpu/portable"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// executable is a compiled graph.
type executable struct {
	graph    *ir.Graph
	prog     *kernel.Program
	tier     string
	flush    bool
	inputs   []ir.Type
	outputs  []ir.Type
	portable *portable.Exec
	code     *native.Code // nil in the portable tier
	exe      *exec.Code
	divided  kernel.Division // steps that several threads share
	stats    backends.Stats

	size, arena int // of a workspace, and where the program's arena starts in it
	idle        sync.Pool
}

// workspace is the memory of one call.
type workspace struct {
	mem  *exec.Arena
	base unsafe.Pointer
	crew crew
	bufs portable.Memory
	env  portable.Env
}

// budget is the estimated work of one native stretch in nanoseconds.
const budget = 1_000_000

func (x *executable) prepare() {
	x.size = x.prog.Arena + 64
	if x.code != nil {
		x.size, x.arena = x.code.Workspace, x.code.Arena
		x.stats.CodeBytes = len(x.code.Bytes)
	}
	x.stats.Workspace = x.size
	for i := range x.prog.Buffers {
		if b := &x.prog.Buffers[i]; b.Storage == kernel.Constant {
			x.stats.Constants += b.Bytes()
		}
	}
	x.stats.Kernels = kernel.CountMaps(x.prog.Body)
}

// Stats describes the compilation.
func (x *executable) Stats() backends.Stats { return x.stats }

func (x *executable) workspace() (*workspace, error) {
	if ws, ok := x.idle.Get().(*workspace); ok {
		return ws, nil
	}
	mem, err := exec.NewArena(x.size)
	if err != nil {
		return nil, fmt.Errorf("cpu: workspace of %d bytes: %w", x.size, err)
	}
	ws := &workspace{mem: mem, base: mem.Pointer()}
	ws.bufs.Base = make([]unsafe.Pointer, len(x.prog.Buffers))
	for i := range x.prog.Buffers {
		b := &x.prog.Buffers[i]
		switch b.Storage {
		case kernel.Arena:
			ws.bufs.Base[i] = unsafe.Add(ws.base, x.arena+b.Offset)
		case kernel.Constant:
			x.bind(ws, kernel.BufID(i), b.Value.Data())
		}
	}
	return ws, nil
}

// bind tells both executors where an external buffer is.
func (x *executable) bind(ws *workspace, id kernel.BufID, p unsafe.Pointer) {
	ws.bufs.Base[id] = p
	if x.code != nil {
		// As a number: the workspace is outside of the Go heap, and the write barrier would look at the dead pointer of an earlier call.
		*(*uintptr)(unsafe.Add(ws.base, x.code.Bases[id])) = uintptr(p)
	}
}

// Run executes the program.
func (x *executable) Run(ctx context.Context, inputs []*tensor.Tensor, opts backends.RunOptions) ([]*tensor.Tensor, error) {
	if err := backends.CheckInputs(x.inputs, inputs); err != nil {
		return nil, err
	}
	ws, err := x.workspace()
	if err != nil {
		return nil, err
	}
	for i, t := range inputs {
		x.bind(ws, x.prog.Inputs[i], t.Data())
	}
	outputs := make([]*tensor.Tensor, len(x.outputs))
	for i, t := range x.outputs {
		if outputs[i], err = tensor.Result(t.DType, t.Shape...); err != nil {
			return nil, err
		}
		x.bind(ws, x.prog.Outputs[i], outputs[i].Data())
	}
	ws.env.Progress, ws.env.Print = opts.Progress, opts.Print
	if x.code == nil {
		err = x.portable.Run(ctx, &ws.bufs, &ws.env)
	} else {
		err = x.runNative(ctx, ws, opts)
	}
	runtime.KeepAlive(inputs)
	runtime.KeepAlive(outputs)
	x.release(ws)
	if err != nil {
		return nil, err
	}
	return outputs, nil
}

// release forgets the tensors of a call and keeps the workspace for the next one.
func (x *executable) release(ws *workspace) {
	for _, id := range x.prog.Inputs {
		ws.bufs.Base[id] = nil
	}
	for _, id := range x.prog.Outputs {
		ws.bufs.Base[id] = nil
	}
	ws.env.Forget() // steps that were left to the portable executor
	ws.env.Progress, ws.env.Print = nil, nil
	x.idle.Put(ws)
}

// runNative enters the machine code until it is done, serving its exits.
func (x *executable) runNative(ctx context.Context, ws *workspace, opts backends.RunOptions) error {
	h := (*native.Header)(ws.base)
	h.Resume, h.Budget, h.Failed = 0, budget, 0
	ws.env.Ctx = ctx
	var mode exec.Mode
	if x.flush {
		mode |= exec.FlushDenormals
	}
	if len(x.code.Helpers) > 0 {
		ws.crew.start(x, ws.base, mode)
		defer ws.crew.stop()
	}
	for {
		if err := x.exe.CallRecover(0, ws.base, mode); err != nil {
			return fmt.Errorf("cpu: machine code of %s: %w", x.prog.Name, err)
		}
		switch h.Exit {
		case native.ExitDone:
			x.progress(ws, opts, true)
			return nil
		case native.ExitYield:
			h.Budget = budget
			if err := ctx.Err(); err != nil {
				return err
			}
			x.progress(ws, opts, false)
		case native.ExitError:
			if err := ws.crew.fault(); err != nil {
				return fmt.Errorf("cpu: machine code of %s: %w", x.prog.Name, err)
			}
			return fmt.Errorf("cpu: %s", x.code.Errors[h.Step])
		case native.ExitStep:
			ws.env.Step = -1
			if at := x.code.Enclosing[h.Step]; at > 0 {
				ws.env.Step = int(*(*int32)(unsafe.Add(ws.base, at)))
			}
			if err := x.portable.RunStep(x.code.Steps[h.Step], &ws.bufs, &ws.env); err != nil {
				return err
			}
		}
	}
}

// progress reports the outermost loop of the user.
func (x *executable) progress(ws *workspace, opts backends.RunOptions, done bool) {
	if opts.Progress == nil || len(x.code.Counters) == 0 {
		return
	}
	c := x.code.Counters[0]
	i := int(*(*int32)(unsafe.Add(ws.base, c.At)))
	if c.Loop.Reverse {
		i = c.Loop.Trip - 1 - i
	}
	if done {
		i = c.Loop.Trip
	}
	opts.Progress(i, c.Loop.Trip)
}
