package integrate

import (
	"math"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Linear advances dx/dt = rate*(target - x) by dt exactly: the exponential Euler step of an equation that is linear in x, with
// rate (1/ms) and target taken at the start of the step.
//
//	x(t+dt) = target + (x - target) exp(-rate dt)
func Linear(x, rate, target trace.Array, dt float64) trace.Array {
	return target.Add(x.Sub(target).Mul(num.Exp(rate.Mul(-dt))))
}

// Decay advances dx/dt = -x/tau by dt exactly: x exp(-dt/tau). tau (ms) and dt are positive.
func Decay(x, tau trace.Array, dt float64) trace.Array {
	return x.Mul(num.Exp(num.FullLike(tau, -dt).Div(tau)))
}

// Leak advances tau dx/dt = drive - x by dt exactly: drive + (x - drive) exp(-dt/tau), written as x + (drive - x)(1 - exp(-dt/tau)).
func Leak(x, drive, tau trace.Array, dt float64) trace.Array {
	gain := num.Expm1(num.FullLike(tau, -dt).Div(tau)).Neg()
	return x.Add(drive.Sub(x).Mul(gain))
}

// Steps is the number of whole steps of dt in a duration, both in ms; a duration that is a multiple of dt up to rounding counts fully.
func Steps(duration, dt float64) int { return int(math.Floor(duration/dt + 1e-6)) }
