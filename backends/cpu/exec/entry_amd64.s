#include "funcdata.h"
#include "textflag.h"

// func enter(entry uintptr, ctx unsafe.Pointer, mode Mode)
//
// The frame holds MXCSR as found (0) and as changed (4). The assembler saves and restores RBP. Everything else that Go needs is
// restored by the compiled caller: see the package comment.
TEXT ·enter(SB), NOSPLIT, $8-20
	NO_LOCAL_POINTERS
	MOVQ	entry+0(FP), AX
	MOVQ	ctx+8(FP), DI
	MOVL	mode+16(FP), CX
	TESTL	CX, CX
	JNZ	flush
	CALL	AX
	RET

flush:
	STMXCSR	0(SP)
	MOVL	0(SP), CX
	ORL	$0x8040, CX	// FTZ is bit 15, DAZ is bit 6
	MOVL	CX, 4(SP)
	LDMXCSR	4(SP)
	CALL	AX
	LDMXCSR	0(SP)
	RET

// func cpuid(leaf, sub uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL	leaf+0(FP), AX
	MOVL	sub+4(FP), CX
	CPUID
	MOVL	AX, a+8(FP)
	MOVL	BX, b+12(FP)
	MOVL	CX, c+16(FP)
	MOVL	DX, d+20(FP)
	RET

// func xgetbv() (lo, hi uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-8
	XORL	CX, CX
	XGETBV
	MOVL	AX, lo+0(FP)
	MOVL	DX, hi+4(FP)
	RET

// func mxcsr() uint32
TEXT ·mxcsr(SB), NOSPLIT, $8-4
	STMXCSR	0(SP)
	MOVL	0(SP), AX
	MOVL	AX, ret+0(FP)
	RET

// func setMXCSR(v uint32)
TEXT ·setMXCSR(SB), NOSPLIT, $0-4
	LDMXCSR	v+0(FP)
	RET

// func vzeroupper()
TEXT ·vzeroupper(SB), NOSPLIT, $0-0
	VZEROUPPER
	RET
