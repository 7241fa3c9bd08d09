package main

import (
	"math/big"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

// Words asks for a positive number as a sum of Count floats of Bits bits each. Without Fixed each word takes the leading bits of what
// the ones before it leave, cut off; with it, the words are integers, and word i counts units of 2^(-(i+1) Bits) of a
// number below one.
type Words struct {
	Name, Doc string
	Value     *big.Float
	Bits      uint
	Count     int
	Fixed     bool
}

func (w Words) split() []float64 {
	rest := new(big.Float).Copy(w.Value)
	out := make([]float64, w.Count)
	for i := range out {
		word := new(big.Float).SetPrec(w.Bits).SetMode(big.ToZero).Set(rest)
		if w.Fixed {
			unit := int(w.Bits) * (i + 1)
			n, _ := new(big.Float).SetMantExp(rest, unit).Int(nil)
			word = new(big.Float).SetMantExp(new(big.Float).SetInt(n), -unit)
		}
		rest.Sub(rest, word)
		if w.Fixed {
			word.SetMantExp(word, int(w.Bits)*(i+1))
		}
		out[i], _ = word.Float64()
	}
	return out
}

// words lists all split numbers.
func words() []Words {
	const long = 2000
	pi := bigmath.Pi(long)
	halfPi := new(big.Float).SetMantExp(pi, -1)
	turn := new(big.Float).SetPrec(long).Quo(big.NewFloat(0.5), pi)
	return []Words{
		{Name: "halfPiF32", Doc: "pi/2", Value: halfPi, Bits: 24, Count: 3},
		{Name: "halfPiF64", Doc: "pi/2", Value: halfPi, Bits: 53, Count: 3},
		{Name: "turnF32", Doc: "1/(2 pi)", Value: turn, Bits: 24, Count: 10, Fixed: true},
		{Name: "turnF64", Doc: "1/(2 pi)", Value: turn, Bits: 53, Count: 24, Fixed: true},
	}
}
