package op

// LoopAttrs describe Loop, the loop with a trip count known when the graph is built.
//
// Operands: consts (read by each iteration), carries (initial values), xs (stacked inputs, leading dimension Trip).
// Region parameters: index i32[], consts, carries, one slice of each xs. Region outputs: carries, then one slice of each ys.
// Results: final carries, stacked ys. Iteration i (counted from Trip-1 down when Reverse) sees xs[i] and writes ys[i/Every] when
// i%Every == 0, so ys have ceil(Trip/Every) rows. Every 0 means 1; xs always advance by one row a step.
type LoopAttrs struct {
	Trip    int
	Consts  int
	Carries int
	Xs      int
	Reverse bool
	Every   int
}

// Rows is the leading dimension of stacked results.
func (a LoopAttrs) Rows() int {
	every := max(a.Every, 1)
	return (a.Trip + every - 1) / every
}

// WhileAttrs describe While. Operands: CondConsts, BodyConsts, carries. Regions: cond (its consts, carries) -> bool[];
// body (its consts, carries) -> carries. Results: the carries for which cond was false.
type WhileAttrs struct {
	CondConsts int
	BodyConsts int
}

// CallAttrs say what a Call is for. Name is for people; Kind is "" for a plain call, "checkpoint" for a region whose residuals are
// recomputed in the reverse pass, "custom_jvp" and "custom_vjp" for a region with its own derivative in further regions.
type CallAttrs struct {
	Name string
	Kind string
}
