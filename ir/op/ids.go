package op

import "github.com/ranvier-go/ranvier/ir"

// Ids of the primitives: the constructor's name with ID behind it. ConstID is fixed by package ir. Shapes and types of operands are equal unless said otherwise.
const (
	ConstID = ir.ConstOp + iota // constant {value}

	// Sources.
	IotaID // {dtype, shape, dim}: element index along dim, of any numeric type

	// Elementwise, one operand.
	NegID       // -x
	AbsID       // |x|; the modulus (real type) of a complex number
	SignID      // -1, 0, 1 (keeps signed zero and NaN); z/|z| for complex
	FloorID     // toward -inf
	CeilID      // toward +inf
	RoundEvenID // nearest, ties to even
	RoundAwayID // nearest, ties away from zero
	TruncID     // toward zero
	SqrtID      // square root
	RsqrtID     // 1/sqrt(x)
	CbrtID      // cube root, of negative numbers too
	ExpID       // e^x
	Exp2ID      // 2^x
	Expm1ID     // e^x - 1
	LogID       // natural logarithm
	Log1pID     // log(1+x)
	SinID
	CosID
	TanID
	AsinID
	AcosID
	AtanID
	SinhID
	CoshID
	TanhID
	AsinhID
	AcoshID
	AtanhID
	LogisticID // 1/(1+e^-x)
	ErfID
	ErfcID
	ErfInvID
	LgammaID // log|Gamma(x)|
	DigammaID
	BesselI0eID   // e^-|x| I0(x), the modified Bessel function of order 0
	BesselI1eID   // e^-|x| I1(x)
	LogbID        // floor(log2|x|) as a float of x's type; -inf for zero, inf for infinity
	SignificandID // x/2^e with 3/4 <= result < 3/2; NaN for negative x, 1 with the sign of x for zero, 1 for inf
	IsFiniteID    // bool
	NotID         // bitwise complement; logical for bool
	PopcntID      // number of one bits
	ClzID         // number of leading zero bits
	RealID        // real part of complex
	ImagID        // imaginary part of complex
	ConjID        // complex conjugate

	// Elementwise, two operands.
	AddID // logical or of bool
	SubID
	MulID // logical and of bool
	DivID
	RemID // sign of the dividend
	PowID // float and complex powers; integer powers wrap, negative integer exponents give 0 (1 for base 1, +-1 for base -1)
	MaxID
	MinID
	Atan2ID
	NextAfterID
	PolygammaID // (n, x): derivative n of digamma at x, n = 0, 1, 2, ... as a float
	ZetaID      // (s, q): Hurwitz zeta, the sum of (q+k)^-s over k = 0, 1, ...
	ComplexID   // complex(re, im)
	AndID       // bitwise; logical for bool
	OrID
	XorID
	ShlID     // x << y
	ShrID     // logical x >> y
	SarID     // arithmetic x >> y
	ScalbID   // x * 2^n, n an integral float of x's type, rounded once (an instruction of vector units)
	CompareID // bool {dir, total}: eq ne lt le gt ge; total orders -NaN < -inf < ... < -0 < +0 < ... < NaN

	// Elementwise, three operands, several results, or another type.
	SelectID       // pred ? a : b, elementwise; pred bool of the same shape
	FMAID          // a*b + c rounded once
	ConvertID      // {dtype}
	BitcastID      // {dtype}: same bits; a change of width adds or removes a last dimension
	Threefry2x32ID // (k0, k1, c0, c1) ui32 -> two ui32: Threefry-2x32, 20 rounds
	StopGradientID // x; derivative zero

	// Moving elements.
	BroadcastID   // {dims, shape}: operand dimension i becomes dims[i]; dims ascending; size equal or 1
	ReshapeID     // {shape}
	TransposeID   // {perm}: result dimension i is operand dimension perm[i]
	SliceID       // {start, limit, stride}
	ConcatenateID // {dim}: any number of operands
	PadID         // (x, value) {low, high, interior}: negative low and high crop
	ReverseID     // {dims}

	// Indexing.
	GatherID             // StableHLO gather with its attributes; start indices are clamped
	ScatterID            // StableHLO scatter {combine: set add mul min max, region}; windows partly outside are dropped whole
	ScatterManyID        // Scatter of several arrays at the same places {combine: region}
	DynamicSliceID       // (x, starts...) {sizes}: scalar starts of one integer type, clamped
	DynamicUpdateSliceID // (x, update, starts...): clamped

	// Folding.
	ReduceSumID  // {axes}
	ReduceProdID // {axes}
	ReduceMaxID  // {axes}
	ReduceMinID  // {axes}
	ReduceAndID  // {axes}
	ReduceOrID   // {axes}
	ReduceXorID  // {axes}
	ArgMaxID     // {axis, dtype}: first index of the largest; NaN counts as largest
	ArgMinID     // {axis, dtype}
	CumSumID     // {axis, reverse}
	CumProdID    // {axis, reverse}
	CumMaxID     // {axis, reverse}
	CumMinID     // {axis, reverse}
	ReduceID     // (operands..., inits...) {axes} region (accs..., xs...) -> accs...: general fold, sequential in row-major order
	ReduceWindowID
	SortID     // (keys and payloads...) {dim, keys, descending, stable}: lexicographic on the first keys operands, total order
	SortByID   // (operands...) {dim} region (x0, y0, x1, y1, ...) -> bool[]: is x before y; stable
	PackBitsID // bool[..., n] -> ui32[..., ceil(n/32)], bit i%32 of word i/32

	// Contraction.
	DotID // (lhs, rhs) {batch dims, contracting dims}: StableHLO dot_general
	ConvID

	// Control flow. Regions are closed graphs.
	LoopID   // {trip, consts, carries, xs, reverse, every}: see LoopAttrs
	WhileID  // {cond consts, body consts} regions cond, body
	SwitchID // (index, args...) regions branches: index i32, clamped; all branches have one signature
	CallID   // (args...) region: a named sub-graph, with a purpose (checkpoint, custom derivative) in its attributes

	// Event-driven and sparse products.
	EventCSRID   // (acc[post], events[pre], indptr[pre+1], indices[nnz], weights[] or [nnz]): acc + events into rows
	CSRGatherID  // (x[post], indptr, indices, weights) -> y[pre]: y[r] = sum_k w[k] x[indices[k]]: the transpose of EventCSR in acc
	CSROuterID   // (events[pre], x[post], indptr, indices) -> w[nnz]: w[k] = events[row of k] * x[indices[k]]
	EventProcID  // procedural connectivity, never stored: see ProcAttrs
	ProcGatherID // transpose of EventProc
	ProcOuterID  // derivative of EventProc with respect to its weight scale parameters

	// Effects.
	PrintID // (values...) {format}
	CheckID // (ok bool[]) {message}: stops the run with that message when ok is false

	// Linear algebra.
	CholeskyID
	TriangularSolveID
	LUID
	QRID
	EighID
	SVDID
	EigID
	FFTID

	// Elementwise, for expansions.
	LookupID // (index i32) {table f32[16]}: table[index mod 16]
	RareID   // a bool that seldom holds: a hint to executors that results of select(rare(p), x, y) rarely need x

	NumIDs // one past the last id; user kernels register ids from here on
)
