package trace

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Compiled is a function that runs compiled: it is traced and compiled once for each signature (dtypes and shapes of the arrays in
// its argument and of the Variables it uses, static values, the default dtype, the backend) and then called many times.
// Its methods may be called from several goroutines at once.
type Compiled[A, R any] struct{ p *program }

// Jit returns f compiled. It traces nothing yet.
func Jit[A, R any](f func(*Scope, A) R, opts ...Option) *Compiled[A, R] {
	return &Compiled[A, R]{newProgram(f, opts)}
}

// Eager returns f with the same methods, run operation by operation as ordinary Go code: to debug it and to print in it.
func Eager[A, R any](f func(*Scope, A) R, opts ...Option) *Compiled[A, R] {
	p := newProgram(f, opts)
	p.eager = true
	return &Compiled[A, R]{p}
}

// Call runs the function. The error is an *Error if the function cannot be built, an error with a *CheckError in it if a Check failed.
func (c *Compiled[A, R]) Call(a A) (R, error) { return c.CallContext(context.Background(), a) }

// Must is Call for programs that stop at an error: it panics with it.
func (c *Compiled[A, R]) Must(a A) R {
	r, err := c.CallContext(context.Background(), a)
	if err != nil {
		panic(err)
	}
	return r
}

// CallContext is Call that stops when ctx ends, and then returns an error that wraps ctx.Err() and leaves every Variable as it was (but see Donate).
func (c *Compiled[A, R]) CallContext(ctx context.Context, a A) (r R, err error) {
	defer ir.Catch(&err)
	c.need("call")
	if ctx == nil {
		fail("call", "context", "nil", "a context such as context.Background()", "")
	}
	if c.p.eager {
		err = c.p.callEager(ctx, unsafe.Pointer(&a), func(result tree) { r = *(*R)(result.p) })
		return r, err
	}
	w := takeScratch()
	e, err := c.p.run(ctx, w, unsafe.Pointer(&a))
	if err != nil {
		return r, err
	}
	r = *(*R)(e.result.p)
	w.reader = leafReader{leaves: w.results}
	e.result.plan.rebuild(unsafe.Pointer(&r), &w.reader)
	w.release()
	return r, nil
}

// need refuses a Compiled that has no function.
func (c *Compiled[A, R]) need(op string) {
	if c == nil || c.p == nil {
		fail(op, "", "a Compiled without a function", "one that trace.Jit or trace.Eager returned", "")
	}
}

// Lower traces the function for arguments like a, without compiling or running it, for inspection.
func (c *Compiled[A, R]) Lower(a A) (low *Lowered, err error) {
	defer ir.Catch(&err)
	c.need("lower")
	w := takeScratch()
	defer w.release()
	e := c.p.find(w, unsafe.Pointer(&a))
	return &Lowered{graph: e.graph, exec: e.exec, entry: e}, nil
}

// Signatures returns how many signatures the function has been traced for since it was made or cleared.
func (c *Compiled[A, R]) Signatures() int { return len(*c.p.entries.Load()) }

// Clear forgets everything traced: the next call traces anew, and sees changed captured values.
func (c *Compiled[A, R]) Clear() { c.p.entries.Store(new([]*entry)) }

// program is a Compiled without its types.
type program struct {
	name  string
	opts  options
	eager bool
	args  reflect.Type
	call  func(s *Scope, arg unsafe.Pointer) tree // the user's function
	copy  func(arg unsafe.Pointer) unsafe.Pointer // shallow copy of an argument

	plan     *planResult
	entries  atomic.Pointer[[]*entry]
	mu       sync.Mutex // guards pending, and writers of entries
	pending  []*pendingTrace
	warned   bool
	planOnce sync.Once
}

// pendingTrace is a signature that some goroutine is tracing.
type pendingTrace struct {
	key  *entryKey
	done chan struct{}
}

func newProgram[A, R any](f func(*Scope, A) R, opts []Option) *program {
	p := &program{opts: newOptions(opts), args: reflect.TypeFor[A]()}
	if p.name = p.opts.name; p.name == "" {
		p.name = functionName(f)
	}
	p.call = func(s *Scope, arg unsafe.Pointer) tree {
		needFunc("jit", "function", f)
		r := f(s, *(*A)(arg))
		return treeOf(p.name, "result", &r)
	}
	p.copy = func(arg unsafe.Pointer) unsafe.Pointer {
		a := *(*A)(arg)
		return unsafe.Pointer(&a)
	}
	p.entries.Store(new([]*entry))
	return p
}

// functionName is the name of a Go function without its package path.
func functionName(f any) string {
	fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	if fn == nil {
		return "function"
	}
	name := fn.Name()
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.TrimSuffix(name, "-fm")
}

// argPlan returns the plan of the argument type.
func (p *program) argPlan() node {
	p.planOnce.Do(func() { p.plan = lookupPlan(p.args) })
	if err := p.plan.err; err != nil {
		fail(p.name, "argument"+err.path, err.got, err.want, err.hint)
	}
	return p.plan.plan
}

// take flattens an argument into w.
func (p *program) take(w *scratch, arg unsafe.Pointer) {
	t := tree{p.argPlan(), arg}
	t.flattenInto(&w.flat, p.name, "argument")
	for i, a := range w.leaves {
		if a.d.v != nil {
			fail(p.name, t.path("argument", i), "a traced array "+a.d.typ.String(), "a concrete array",
				"inside of a traced function, call the function itself instead of its compiled form")
		}
	}
}

// run calls the program on a concrete argument. The arrays of the result are in w.results, for the tree in the entry.
func (p *program) run(ctx context.Context, w *scratch, arg unsafe.Pointer) (*entry, error) {
	p.take(w, arg)
	key := entryKey{flat: &w.flat, mode: dtype.Current(), backend: p.backend()}
	for {
		e := p.match(&key)
		if e == nil {
			e = p.add(&key, arg)
		}
		ran, err := e.run(ctx, w)
		if ran {
			return e, err
		}
		// A Variable got another type in between: look again.
	}
}

func (p *program) backend() backends.Backend {
	if p.opts.backend != nil {
		return p.opts.backend
	}
	b, err := backends.Default()
	if err != nil {
		fail(p.name, "backend", err.Error(), "", "")
	}
	return b
}

// find returns the entry for an argument; it is traced if need be.
func (p *program) find(w *scratch, arg unsafe.Pointer) *entry {
	p.take(w, arg)
	key := entryKey{flat: &w.flat, mode: dtype.Current(), backend: p.backend()}
	if e := p.match(&key); e != nil {
		return e
	}
	return p.add(&key, arg)
}

// match returns the newest entry for the key whose Variables have the types that they have now.
func (p *program) match(key *entryKey) *entry {
	for _, e := range *p.entries.Load() {
		if e.key.equal(key) && e.varsMatch() {
			return e
		}
	}
	return nil
}

// add traces the program for a new signature. If another goroutine is at the same one, it waits for that.
func (p *program) add(key *entryKey, arg unsafe.Pointer) *entry {
	for {
		mine, other := p.claim(key)
		if other != nil {
			<-other.done
			if e := p.match(key); e != nil {
				return e
			}
			continue // the other one failed, or a Variable has changed since
		}
		defer p.unclaim(mine)
		if e := p.match(mine.key); e != nil {
			return e
		}
		e := p.trace(mine.key, arg)
		p.insert(e)
		return e
	}
}

// claim registers the key as being traced, or returns the one who is at it.
func (p *program) claim(key *entryKey) (mine, other *pendingTrace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.pending {
		if t.key.equal(key) {
			return nil, t
		}
	}
	mine = &pendingTrace{key.clone(), make(chan struct{})}
	p.pending = append(p.pending, mine)
	return mine, nil
}

func (p *program) unclaim(mine *pendingTrace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, t := range p.pending {
		if t == mine {
			p.pending = append(p.pending[:i], p.pending[i+1:]...)
			break
		}
	}
	close(mine.done)
}

// maxQuietSignatures is how many signatures a program may have without a warning.
const maxQuietSignatures = 8

// insert puts an entry first, where match looks first.
func (p *program) insert(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := *p.entries.Load()
	entries := append([]*entry{e}, old...)
	p.entries.Store(&entries)
	if len(entries) > maxQuietSignatures && !p.warned {
		p.warned = true
		slog.Warn(fmt.Sprintf("ranvier: %s has been compiled for %d signatures; %s", p.name, len(entries), e.key.difference(&old[0].key)))
	}
}
