package op

import (
	"math"
	"math/big"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

// oracle computes a function of one operand: wide in float64, for the errors of f32, and big in arbitrary precision, for those of f64
// and for checking wide. Where wide is infinite, NaN or zero, it is taken for the truth also in f64.
type oracle struct {
	wide func(x float64) float64
	big  func(x *big.Float, prec uint) *big.Float
	// wideULP is how far wide may be from the truth, in units of f64.
	wideULP float64
	// edges are arguments where something changes, besides those that every function is tried at.
	edges []float64
	// size, where there is one, is what errors are measured against where the result is smaller: near zeros.
	size func(x float64) float64
	// poles are finite arguments other than zero where the function is infinite.
	poles []float64
}

// oracles has an entry for each primitive with an expansion that is not exact.
var oracles = map[ir.OpID]oracle{
	ExpID:       {wide: math.Exp, big: bigmath.Exp, wideULP: 3, edges: expEdges},
	Exp2ID:      {wide: math.Exp2, big: bigExp2, wideULP: 3, edges: exp2Edges},
	Expm1ID:     {wide: math.Expm1, big: bigmath.Expm1, wideULP: 3, edges: expEdges},
	LogisticID:  {wide: logistic, big: bigmath.Logistic, wideULP: 3, edges: expEdges},
	TanhID:      {wide: math.Tanh, big: bigmath.Tanh, wideULP: 3},
	CoshID:      {wide: math.Cosh, big: bigmath.Cosh, wideULP: 4, edges: expEdges},
	SinhID:      {wide: sinhWide, big: bigmath.Sinh, wideULP: 16, edges: expEdges},
	AsinhID:     {wide: math.Asinh, big: bigmath.Asinh, wideULP: 8, edges: []float64{0x1p40, 0x1p41, 0x1p200, 0x1p201}},
	AcoshID:     {wide: acoshWide, big: bigmath.Acosh, wideULP: 1e5, edges: []float64{0x1p40, 0x1p41, 0x1p200, 0x1p201, 0.9999999999999999}},
	AtanhID:     {wide: math.Atanh, big: bigmath.Atanh, wideULP: 16, poles: []float64{1, -1}},
	AsinID:      {wide: math.Asin, big: bigmath.Asin, wideULP: 1e5},
	AcosID:      {wide: math.Acos, big: bigmath.Acos, wideULP: 1e6},
	AtanID:      {wide: math.Atan, big: bigmath.Atan, wideULP: 8},
	RsqrtID:     {wide: rsqrt, big: bigRsqrt, wideULP: 2},
	CbrtID:      {wide: math.Cbrt, big: bigmath.Cbrt, wideULP: 2},
	ErfID:       {wide: math.Erf, big: bigmath.Erf, wideULP: 4},
	ErfcID:      {wide: erfcWide, big: bigmath.Erfc, wideULP: 16, edges: []float64{10.05, 10.06, 26.5, 27.2, 27.3, 0.75, 1.5}},
	ErfInvID:    {wide: erfInvWide, big: bigmath.ErfInv, wideULP: 16, poles: []float64{1, -1}},
	LgammaID:    {wide: lgamma, big: bigLgamma, wideULP: 1e9, size: gammaSize(lgamma), edges: gammaEdges},
	DigammaID:   {wide: digamma, big: bigmath.Digamma, wideULP: 1e9, size: gammaSize(digamma), edges: gammaEdges},
	BesselI0eID: {wide: besselI0e, big: func(x *big.Float, prec uint) *big.Float { return bigmath.BesselIe(0, x, prec) }, wideULP: 8, edges: []float64{8, 8.000000000000002}},
	BesselI1eID: {wide: besselI1e, big: func(x *big.Float, prec uint) *big.Float { return bigmath.BesselIe(1, x, prec) }, wideULP: 8, edges: []float64{8, 8.000000000000002}},
	Log1pID:     {wide: math.Log1p, big: bigmath.Log1p, wideULP: 3, edges: []float64{-0.9999999999999999, -0.99999994, -0.25, 0.5}, poles: []float64{-1}},
	SinID:       {wide: math.Sin, big: bigmath.Sin, wideULP: 1e6, edges: circularEdges},
	CosID:       {wide: math.Cos, big: bigmath.Cos, wideULP: 1e6, edges: circularEdges},
	TanID:       {wide: math.Tan, big: bigmath.Tan, wideULP: 1e6, edges: circularEdges},
	LogID:       {wide: math.Log, big: bigmath.Log, wideULP: 3, edges: logEdges},
}

var (
	expEdges  = []float64{709.782712893384, 709.7827128933841, -708.3964185322641, -745.1332191019411, -745.1332191019412, 88.72284, -87.33655, -103.97208, -103.972084, 0.34657359}
	exp2Edges = []float64{1023.9999999999999, 1024, -1022, -1022.5, -1074, -1075, -1074.9999999999998, 127.99999, 128, -149, -150, -149.99998, 0.5, 1.5, -0.5}
	// The last ones are near multiples of pi/2: the worst of f64, and of f32.
	circularEdges = []float64{math.Pi, math.Pi / 2, 3 * math.Pi / 2, math.Pi / 4, 0x1p17, 0x1.000002p17, 0x1p36, 0x1p36 + 1, 1e22, 1e300,
		6381956970095103 * 0x1p797, 16367173 * 0x1p72}
	logEdges = []float64{0.75, 0.7499999999999999, 1.5, 1.4999999999999998, 0.9999999999999999, 1.0000000000000002, 0.99999994, 1.0000001}
)

// gammaEdges are around the zeros, the poles and where formulas change.
var gammaEdges = []float64{1.4616321449683622, 1.4616321449683623, 1.4616321, -2.4570247382208006, -0.5040830082644554, 3, 4, 8.5, 8.500000000000002, 9.999999999999998, 10,
	2.5, 1.5, -3, -3.0000000000000004, -1e15 - 0.5, -170.5, 1e300, 2.6e305}

// gammaSize is what errors of negative arguments are measured against: the result at |x|, from which it comes by reflection.
func gammaSize(f func(x float64) float64) func(x float64) float64 {
	return func(x float64) float64 {
		if x >= 0 {
			return 0
		}
		return max(1, math.Abs(f(-x)))
	}
}

func bigLgamma(x *big.Float, prec uint) *big.Float {
	if x.Sign() < 0 && x.IsInt() {
		return new(big.Float).SetInf(false)
	}
	return bigmath.Lgamma(x, prec)
}

// relative scales an error in units of want to units of the size, if that is larger.
func (o *oracle) relative(x, want, ulp float64) float64 {
	if o.size == nil || ulp == 0 || math.IsInf(ulp, 0) {
		return ulp
	}
	if size := o.size(x); math.Abs(want) < size {
		return ulp * (math.Abs(want) / size)
	}
	return ulp
}

// sinhWide is better near zero than math.Sinh.
func sinhWide(x float64) float64 {
	if math.Abs(x) < 1 {
		e := math.Expm1(x)
		return (e + e/(e+1)) / 2
	}
	return math.Sinh(x)
}

func acoshWide(x float64) float64 {
	if x >= 1 && x < 2 {
		t := x - 1
		return math.Log1p(t + math.Sqrt(t*(t+2)))
	}
	return math.Acosh(x)
}

// erfcWide treats the tail, where math.Erfc gives 0 too early.
func erfcWide(x float64) float64 {
	if x > 26 && x < 28 {
		y, _ := bigmath.Erfc(big.NewFloat(x), 60).Float64()
		return y
	}
	return math.Erfc(x)
}

// erfInvWide is math.Erfinv and one step of Newton, which makes it good near zero and near one.
func erfInvWide(x float64) float64 {
	y := math.Erfinv(x)
	if x-x != 0 || math.IsInf(y, 0) || y != y || x == 0 {
		return y
	}
	if math.Abs(x) < 1e-8 {
		return x * (math.Sqrt(math.Pi) / 2)
	}
	return y
}

func bigRsqrt(x *big.Float, prec uint) *big.Float {
	return new(big.Float).SetPrec(prec).Quo(big.NewFloat(1), bigmath.Sqrt(x, prec+20))
}

func bigExp2(x *big.Float, prec uint) *big.Float {
	p := prec + 64
	y := new(big.Float).SetPrec(p).Mul(x, bigmath.Ln2(p+64))
	return bigmath.Exp(y, prec)
}

// isPole tells whether the function is infinite at the finite argument x, as opposed to too large.
func (o *oracle) isPole(x float64) bool { return slices.Contains(o.poles, x) }
