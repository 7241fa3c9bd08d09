package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: LoopID, Name: "loop", Class: ir.ClassControl, Arity: -1, Attrs: LoopAttrs{}, Regions: 1, Accepts: dtype.Any,
		Types: loopTypes, Eval: loopEval, Domain: ir.Domain{Make: loopSample}})
	ir.Register(ir.Row{ID: WhileID, Name: "while", Class: ir.ClassControl, Arity: -1, Attrs: WhileAttrs{}, Regions: 2, Accepts: dtype.Any,
		HLO: "stablehlo.while", Types: whileTypes, Eval: whileEval, Domain: ir.Domain{Make: whileSample}})
	ir.Register(ir.Row{ID: SwitchID, Name: "switch", Class: ir.ClassControl, Arity: -1, Regions: -1, Accepts: dtype.Any,
		HLO: "stablehlo.case", Types: switchTypes, Eval: switchEval, Domain: ir.Domain{Make: switchSample}})
	ir.Register(ir.Row{ID: CallID, Name: "call", Class: ir.ClassControl, Arity: -1, Attrs: CallAttrs{}, Regions: -1, Accepts: dtype.Any,
		HLO: "func.call", Types: callTypes, Eval: callEval, Domain: ir.Domain{Make: callSample}})
}

// Loop runs body attrs.Trip times; see LoopAttrs for the order of operands, of the body's parameters and of the results.
func Loop(b *ir.Builder, attrs LoopAttrs, body *ir.Graph, operands ...*ir.Value) []*ir.Value {
	return b.Emit(LoopID, attrs, []*ir.Graph{body}, operands...)
}

// While runs body as long as cond holds; see WhileAttrs for the order of operands and parameters.
func While(b *ir.Builder, attrs WhileAttrs, cond, body *ir.Graph, operands ...*ir.Value) []*ir.Value {
	return b.Emit(WhileID, attrs, []*ir.Graph{cond, body}, operands...)
}

// Switch runs the branch that index (i32[], clamped to the branches) chooses, on args, and returns its outputs.
func Switch(b *ir.Builder, index *ir.Value, branches []*ir.Graph, args ...*ir.Value) []*ir.Value {
	return b.Emit(SwitchID, nil, branches, append([]*ir.Value{index}, args...)...)
}

// Call runs the first region on args; CallAttrs says what further regions there are.
func Call(b *ir.Builder, attrs CallAttrs, regions []*ir.Graph, args ...*ir.Value) []*ir.Value {
	return b.Emit(CallID, attrs, regions, args...)
}

// loopOperands splits a list of operands, types or tensors of a Loop.
func loopOperands[T any](a LoopAttrs, all []T) (consts, carries, xs []T) {
	return all[:a.Consts], all[a.Consts : a.Consts+a.Carries], all[a.Consts+a.Carries:]
}

func loopTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	a, body := attrs.(LoopAttrs), regions[0]
	if err := checkCounts("trip", a.Trip, "consts", a.Consts, "carries", a.Carries, "xs", a.Xs); err != nil {
		return nil, err
	}
	if a.Trip > math.MaxInt32 {
		return nil, ir.Mismatch("trip", fmt.Sprint(a.Trip), "at most 2147483647, since the index is i32")
	}
	if max(a.Consts, a.Carries, a.Xs) > len(in) || len(in) != a.Consts+a.Carries+a.Xs {
		return nil, ir.Mismatch("operands", fmt.Sprint(len(in)),
			fmt.Sprintf("%d: %d consts, %d carries, %d xs", a.Consts+a.Carries+a.Xs, a.Consts, a.Carries, a.Xs))
	}
	consts, carries, xs := loopOperands(a, in)
	rows := make([]ir.Type, a.Xs)
	for i, x := range xs {
		if x.Rank() == 0 || x.Shape[0] != a.Trip {
			return nil, ir.Mismatch(fmt.Sprintf("xs %d", i), x.String(), fmt.Sprintf("leading dimension %d, the trip count", a.Trip))
		}
		rows[i] = x.WithShape(x.Shape[1:]...)
	}
	outs := body.OutTypes()
	if len(outs) < a.Carries {
		return nil, ir.Mismatch("body outputs", fmt.Sprint(len(outs)), fmt.Sprintf("at least the %d carries", a.Carries))
	}
	ys := outs[a.Carries:]
	if err := checkEvery(a.Every, len(ys)); err != nil {
		return nil, err
	}
	params := concatTypes([]ir.Type{indexType}, consts, carries, rows)
	if err := checkSignature("body", body, params, concatTypes(carries, ys)); err != nil {
		return nil, err
	}
	results := concatTypes(carries)
	for k, y := range ys {
		results = append(results, y.WithShape(append([]int{a.Rows(k)}, y.Shape...)...))
	}
	return results, nil
}

// checkEvery checks the recording intervals of ys.
func checkEvery(every []int, ys int) error {
	if len(every) != 0 && len(every) != ys {
		return ir.Mismatch("every", fmt.Sprintf("%d entries", len(every)), fmt.Sprintf("none, or one for each of %d ys", ys))
	}
	for k, e := range every {
		if e < 1 {
			return ir.Mismatch(fmt.Sprintf("every %d", k), fmt.Sprint(e), "at least 1")
		}
	}
	return nil
}

func loopEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, body := n.Attrs.(LoopAttrs), n.Regions[0]
	consts, carries, xs := loopOperands(a, in)
	ys := make([]*tensor.Tensor, len(n.Results)-a.Carries)
	for i := range ys {
		ys[i] = zeros(n.Results[a.Carries+i].Type)
	}
	outer := ev.Step
	defer func() { ev.Step = outer }()
	for step := range a.Trip {
		i := step
		if a.Reverse {
			i = a.Trip - 1 - step
		}
		if err := ev.Poll(); err != nil {
			return nil, err
		}
		ev.Step = i
		args := slices.Concat([]*tensor.Tensor{tensor.Scalar(int32(i))}, consts, carries)
		for _, x := range xs {
			args = append(args, x.Row(i))
		}
		outs, err := ev.Run(body, args)
		if err != nil {
			return nil, err
		}
		carries = outs[:a.Carries]
		for k, y := range outs[a.Carries:] {
			if every := a.Step(k); i%every == 0 {
				size := len(y.Bytes())
				copy(ys[k].Bytes()[i/every*size:], y.Bytes())
			}
		}
		if outer < 0 && ev.Progress != nil {
			ev.Progress(step+1, a.Trip)
		}
	}
	return slices.Concat(carries, ys), nil
}

func whileTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	a, cond, body := attrs.(WhileAttrs), regions[0], regions[1]
	if err := checkCounts("cond_consts", a.CondConsts, "body_consts", a.BodyConsts); err != nil {
		return nil, err
	}
	if a.CondConsts > len(in) || a.BodyConsts > len(in)-a.CondConsts {
		return nil, ir.Mismatch("operands", fmt.Sprint(len(in)),
			fmt.Sprintf("at least the %d condition and %d body consts", a.CondConsts, a.BodyConsts))
	}
	condConsts, bodyConsts, carries := whileOperands(a, in)
	if err := checkSignature("cond", cond, concatTypes(condConsts, carries), []ir.Type{ir.T(dtype.Bool)}); err != nil {
		return nil, err
	}
	if err := checkSignature("body", body, concatTypes(bodyConsts, carries), carries); err != nil {
		return nil, err
	}
	return carries, nil
}

// whileOperands splits a list of operands, types or tensors of a While.
func whileOperands[T any](a WhileAttrs, all []T) (cond, body, carries []T) {
	return all[:a.CondConsts], all[a.CondConsts : a.CondConsts+a.BodyConsts], all[a.CondConsts+a.BodyConsts:]
}

func whileEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	cond, body, carries := whileOperands(n.Attrs.(WhileAttrs), in)
	outer := ev.Step
	defer func() { ev.Step = outer }()
	for step := 0; ; step++ {
		if err := ev.Poll(); err != nil {
			return nil, err
		}
		ev.Step = step
		goOn, err := ev.Run(n.Regions[0], slices.Concat(cond, carries))
		if err != nil || !goOn[0].Item().(bool) {
			return carries, err
		}
		if carries, err = ev.Run(n.Regions[1], slices.Concat(body, carries)); err != nil {
			return nil, err
		}
	}
}

func switchTypes(in []ir.Type, _ ir.Attrs, branches []*ir.Graph) ([]ir.Type, error) {
	if len(branches) == 0 {
		return nil, ir.Mismatch("branches", "0", "1 or more")
	}
	if len(in) == 0 || !in[0].Equal(indexType) {
		return nil, ir.Mismatch("index", typeList(in[:min(1, len(in))]), indexType.String())
	}
	outs := branches[0].OutTypes()
	for i, g := range branches {
		if err := checkSignature(fmt.Sprintf("branch %d", i), g, in[1:], outs); err != nil {
			return nil, err
		}
	}
	return outs, nil
}

func switchEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	index := int(in[0].Item().(int32))
	return ev.Run(n.Regions[min(max(index, 0), len(n.Regions)-1)], in[1:])
}

func callEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return ev.Run(n.Regions[0], in)
}

// callTypes checks the body, and the regions of custom derivatives against it.
func callTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	kind, captured := attrs.(CallAttrs).Kind, attrs.(CallAttrs).Captured
	if captured < 0 || captured > len(in) {
		return nil, ir.Mismatch("captured", fmt.Sprint(captured), fmt.Sprintf("0 to %d, the number of operands", len(in)))
	}
	want, known := map[string]int{CallPlain: 1, CallCheckpoint: 1, CallCustomJVP: 2, CallCustomVJP: 3, CallCustomLinear: 2}[kind]
	if !known {
		return nil, ir.Mismatch("kind", fmt.Sprintf("%q", kind), `"", "checkpoint", "custom_jvp", "custom_vjp" or "custom_linear"`)
	}
	if len(regions) != want {
		return nil, ir.Mismatch("regions", fmt.Sprint(len(regions)), fmt.Sprintf("%d for kind %q", want, kind))
	}
	outs := regions[0].OutTypes()
	if err := checkTypes("body parameter", regions[0].InTypes(), in); err != nil {
		return nil, err
	}
	switch kind {
	case CallCustomJVP:
		return outs, checkSignature("jvp", regions[1], concatTypes(in, inexactTypes(in)), concatTypes(outs, inexactTypes(outs)))
	case CallCustomVJP:
		return outs, checkVJP(regions[1], regions[2], in, outs)
	case CallCustomLinear:
		tangents := len(regions[1].Outputs)
		if tangents > len(in) {
			return nil, ir.Mismatch("backward outputs", fmt.Sprint(tangents), fmt.Sprintf("at most the %d operands", len(in)))
		}
		residuals := in[:len(in)-tangents]
		return outs, checkSignature("backward", regions[1], concatTypes(residuals, outs), in[len(residuals):])
	}
	return outs, nil
}

// checkVJP checks the two regions of a custom reverse rule: forward (args) -> outs and residuals, backward (residuals, cotangents).
func checkVJP(forward, backward *ir.Graph, in, outs []ir.Type) error {
	all := forward.OutTypes()
	if len(all) < len(outs) {
		return ir.Mismatch("forward outputs", fmt.Sprint(len(all)), fmt.Sprintf("the %d outputs of the body, then residuals", len(outs)))
	}
	residuals := all[len(outs):]
	if err := checkSignature("forward", forward, in, concatTypes(outs, residuals)); err != nil {
		return err
	}
	return checkSignature("backward", backward, concatTypes(residuals, inexactTypes(outs)), inexactTypes(in))
}

// inexactTypes keeps the float and complex types: those that have tangents.
func inexactTypes(ts []ir.Type) []ir.Type {
	return slices.DeleteFunc(slices.Clone(ts), func(t ir.Type) bool { return !dtype.Inexact.Has(t.DType) })
}
