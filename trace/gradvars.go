package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// VarGrads is a loss and its gradients with respect to Variables, each of its Variable's type.
type VarGrads struct {
	Value Array
	Grad  map[*Variable]Array
}

// VarGradsAux is VarGrads with the second result of the loss.
type VarGradsAux[X any] struct {
	Value Array
	Grad  map[*Variable]Array
	Aux   X
}

// VarArgGrads is VarGrads with the gradient with respect to the argument.
type VarArgGrads[A any] struct {
	Value Array
	Grad  map[*Variable]Array
	Arg   A
}

// GradVars returns the value of loss, a real floating-point scalar, and its gradients with respect to the values that vars have before it
// runs. The argument may hold arrays of any type. Variables that loss writes, also among vars, get the values that it gives them.
// The result is for use inside of traced functions: its map is no tree.
func GradVars[A any](loss func(*Scope, A) Array, vars Vars) func(*Scope, A) VarGrads {
	return func(s *Scope, a A) VarGrads {
		value, _, grads, _ := varGradients("grad vars", s, withoutAux("grad vars", loss), a, vars, false)
		return VarGrads{value, grads}
	}
}

// GradVarsAux is GradVars for a loss with a second result, any tree, that is handed through.
func GradVarsAux[A, X any](loss func(*Scope, A) (Array, X), vars Vars) func(*Scope, A) VarGradsAux[X] {
	return func(s *Scope, a A) VarGradsAux[X] {
		value, aux, grads, _ := varGradients("grad vars aux", s, loss, a, vars, false)
		return VarGradsAux[X]{value, grads, aux}
	}
}

// GradVarsArg is GradVars that also differentiates with respect to the argument, as ValueAndGrad does.
func GradVarsArg[A any](loss func(*Scope, A) Array, vars Vars) func(*Scope, A) VarArgGrads[A] {
	return func(s *Scope, a A) VarArgGrads[A] {
		value, _, grads, arg := varGradients("grad vars arg", s, withoutAux("grad vars arg", loss), a, vars, true)
		return VarArgGrads[A]{value, grads, arg}
	}
}

func varGradients[A, X any](name string, s *Scope, f func(*Scope, A) (Array, X), a A, vars Vars, wrtArg bool) (Array, X, map[*Variable]Array, A) {
	wrt := checkVars(name, s.frame(name), vars)
	if wrtArg {
		a = reals(name, a)
	}
	l := lossOf(name, s, f, a)
	if wrtArg {
		l.checkArgument(treeOf(name, "argument", &a))
	}
	types := make([]ir.Type, len(wrt)) // before the loss writes them
	for i, v := range wrt {
		types[i] = l.f.varFrame().slot(v).typ()
	}
	value, aux, grads := l.gradient(l.active(wrtArg, wrt))
	if wrtArg {
		a = rebuilt(&a, grads[:len(l.args)])
		grads = grads[len(l.args):]
	}
	byVar := map[*Variable]Array{}
	for i, v := range wrt {
		byVar[v] = Full(types[i].DType, 0, types[i].Shape...) // if the loss does not read it
	}
	for _, v := range l.reads {
		if slices.Contains(wrt, v) {
			byVar[v], grads = grads[0], grads[1:]
		}
	}
	return value, aux, byVar, a
}

// checkVars returns the Variables of a list, which must have derivatives.
func checkVars(name string, f *frame, vars Vars) []*Variable {
	if len(vars) == 0 {
		fail(name, "vars", "no Variables", "at least one", "ParamsOf finds those made by NewParameter, VarsOf finds all")
	}
	out := make([]*Variable, len(vars))
	for i, n := range vars {
		if t := f.varFrame().slot(n.Var).typ(); !dtype.Inexact.Has(t.DType) {
			fail(name, "vars: "+n.Path, t.String(), "a floating-point or complex Variable", "leave it out: integers and bools have no derivative")
		}
		out[i] = n.Var
	}
	return out
}
