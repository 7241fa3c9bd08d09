package op

import "github.com/ranvier-go/ranvier/ir"

// Ids of the primitives. Const is fixed by package ir. Shapes and types of operands are equal unless said otherwise.
const (
	Const = ir.ConstOp + iota // constant {value}

	// Sources.
	Iota // {dtype, shape, dim}: element index along dim, of any numeric type

	// Elementwise, one operand.
	Neg       // -x
	Abs       // |x|; the modulus (real type) of a complex number
	Sign      // -1, 0, 1 (keeps signed zero and NaN); z/|z| for complex
	Floor     // toward -inf
	Ceil      // toward +inf
	RoundEven // nearest, ties to even
	RoundAway // nearest, ties away from zero
	Trunc     // toward zero
	Sqrt      // square root
	Rsqrt     // 1/sqrt(x)
	Cbrt      // cube root, of negative numbers too
	Exp       // e^x
	Exp2      // 2^x
	Expm1     // e^x - 1
	Log       // natural logarithm
	Log1p     // log(1+x)
	Sin
	Cos
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Tanh
	Asinh
	Acosh
	Atanh
	Logistic // 1/(1+e^-x)
	Erf
	Erfc
	ErfInv
	Lgamma // log|Gamma(x)|
	Digamma
	IsFinite // bool
	Not      // bitwise complement; logical for bool
	Popcnt   // number of one bits
	Clz      // number of leading zero bits
	Real     // real part of complex
	Imag     // imaginary part of complex
	Conj     // complex conjugate

	// Elementwise, two operands.
	Add // logical or of bool
	Sub
	Mul // logical and of bool
	Div
	Rem // sign of the dividend
	Pow // float and complex powers; integer powers wrap, negative integer exponents give 0 (1 for base 1, +-1 for base -1)
	Max
	Min
	Atan2
	NextAfter
	Complex // complex(re, im)
	And     // bitwise; logical for bool
	Or
	Xor
	Shl     // x << y
	Shr     // logical x >> y
	Sar     // arithmetic x >> y
	Scalb   // x * 2^n, n an integral float of x's type, rounded once (an instruction of vector units)
	Compare // bool {dir, total}: eq ne lt le gt ge; total orders -NaN < -inf < ... < -0 < +0 < ... < NaN

	// Elementwise, three operands, several results, or another type.
	Select       // pred ? a : b, elementwise; pred bool of the same shape
	FMA          // a*b + c rounded once
	Convert      // {dtype}
	Bitcast      // {dtype}: same bits; a change of width adds or removes a last dimension
	Threefry2x32 // (k0, k1, c0, c1) ui32 -> two ui32: Threefry-2x32, 20 rounds
	StopGradient // x; derivative zero

	// Moving elements.
	Broadcast   // {dims, shape}: operand dimension i becomes dims[i]; dims ascending; size equal or 1
	Reshape     // {shape}
	Transpose   // {perm}: result dimension i is operand dimension perm[i]
	Slice       // {start, limit, stride}
	Concatenate // {dim}: any number of operands
	Pad         // (x, value) {low, high, interior}: negative low and high crop
	Reverse     // {dims}

	// Indexing.
	Gather             // StableHLO gather with its attributes; start indices are clamped
	Scatter            // StableHLO scatter {combine: set add mul min max, region}; windows partly outside are dropped whole
	DynamicSlice       // (x, starts...) {sizes}: scalar starts of one integer type, clamped
	DynamicUpdateSlice // (x, update, starts...): clamped

	// Folding.
	ReduceSum  // {axes}
	ReduceProd // {axes}
	ReduceMax  // {axes}
	ReduceMin  // {axes}
	ReduceAnd  // {axes}
	ReduceOr   // {axes}
	ReduceXor  // {axes}
	ArgMax     // {axis, dtype}: first index of the largest; NaN counts as largest
	ArgMin     // {axis, dtype}
	CumSum     // {axis, reverse}
	CumProd    // {axis, reverse}
	CumMax     // {axis, reverse}
	CumMin     // {axis, reverse}
	Reduce     // (operands..., inits...) {axes} region (accs..., xs...) -> accs...: general fold, sequential in row-major order
	ReduceWindow
	Sort     // (keys and payloads...) {dim, keys, descending, stable}: lexicographic on the first keys operands, total order
	PackBits // bool[..., n] -> ui32[..., ceil(n/32)], bit i%32 of word i/32

	// Contraction.
	Dot // (lhs, rhs) {batch dims, contracting dims}: StableHLO dot_general
	Conv

	// Control flow. Regions are closed graphs.
	Loop   // {trip, consts, carries, xs, reverse, every}: see LoopAttrs
	While  // {cond consts, body consts} regions cond, body
	Switch // (index, args...) regions branches: index i32, clamped; all branches have one signature
	Call   // (args...) region: a named sub-graph, with a purpose (checkpoint, custom derivative) in its attributes

	// Event-driven and sparse products.
	EventCSR   // (acc[post], events[pre], indptr[pre+1], indices[nnz], weights[] or [nnz]): acc + events into rows
	CSRGather  // (x[post], indptr, indices, weights) -> y[pre]: y[r] = sum_k w[k] x[indices[k]]: the transpose of EventCSR in acc
	CSROuter   // (events[pre], x[post], indptr, indices) -> w[nnz]: w[k] = events[row of k] * x[indices[k]]
	EventProc  // procedural connectivity, never stored: see ProcAttrs
	ProcGather // transpose of EventProc
	ProcOuter  // derivative of EventProc with respect to its weight scale parameters

	// Effects.
	Print // (values...) {format}
	Check // (ok bool[]) {message}: stops the run with that message when ok is false

	// Linear algebra.
	Cholesky
	TriangularSolve
	LU
	QR
	Eigh
	SVD
	Eig
	FFT
	NumIDs // one past the last id; user kernels register ids from here on
)
