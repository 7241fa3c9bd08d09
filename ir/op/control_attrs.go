package op

// LoopAttrs describe Loop, the loop with a trip count known when the graph is built.
//
// Operands: consts (read by each iteration), carries (initial values), xs (stacked inputs, leading dimension Trip).
// Region parameters: index i32[], consts, carries, one slice of each xs. Region outputs: carries, then one slice of each ys.
// Results: final carries, stacked ys. Iteration i (counted from Trip-1 down when Reverse) sees xs[i] and writes row i/e of each ys with
// i%e == 0, where e is its entry in Every: such ys have ceil(Trip/e) rows. A nil Every means 1 for all; xs always advance by one row a step.
type LoopAttrs struct {
	Trip    int
	Consts  int
	Carries int
	Xs      int
	Reverse bool
	Every   []int
}

// Step is the number of iterations from one recorded row of ys k to the next.
func (a LoopAttrs) Step(k int) int {
	if len(a.Every) == 0 {
		return 1
	}
	return a.Every[k]
}

// Rows is the leading dimension of ys k.
func (a LoopAttrs) Rows(k int) int {
	if a.Trip == 0 {
		return 0
	}
	return (a.Trip-1)/a.Step(k) + 1
}

// WhileAttrs describe While. Operands: CondConsts, BodyConsts, carries. Regions: cond (its consts, carries) -> bool[];
// body (its consts, carries) -> carries. Results: the carries for which cond was false.
type WhileAttrs struct {
	CondConsts int
	BodyConsts int
}

// CallAttrs say what a Call is for. Name is for people; Kind is one of the constants below. The first region is the body: it
// computes the results from the operands, whatever the kind. A custom derivative stands in further regions; only floating-point
// and complex values have tangents and cotangents, the others are left out of the lists. The last Captured operands of a custom
// derivative are values that its functions read from around them: it says nothing about derivatives with respect to those.
type CallAttrs struct {
	Name     string
	Kind     string
	Captured int
}

// The kinds of Call.
const (
	CallPlain      = ""           // a named sub-graph
	CallCheckpoint = "checkpoint" // residuals are recomputed in the reverse pass
	CallCustomJVP  = "custom_jvp" // second region: (operands, their tangents) -> (results, their tangents)
	CallCustomVJP  = "custom_vjp" // second: (operands) -> (results, residuals); third: (residuals, cotangents) -> cotangents of operands

	// What a call with a custom reverse rule becomes in forward mode. Operands: residuals, tangents; results: tangents. The second region
	// is the reverse rule: (residuals, cotangents of the results) -> cotangents of the tangents.
	CallCustomLinear = "custom_linear"
)
