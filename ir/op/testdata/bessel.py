"""Writes the coefficients of coef_bessel.go.

Usage: pip install mpmath; python bessel.py
"""
from mpmath import mp, mpf, cos, pi, besseli, exp, sqrt
mp.dps=50
def cheb(f, tol=mpf(2)**-58, N=60):
    # coefficients of sum' c_k T_k on [-1,1]
    xs=[cos(pi*(j+mpf(1)/2)/N) for j in range(N)]
    fx=[f(x) for x in xs]
    c=[2/mpf(N)*sum(fx[j]*cos(pi*k*(j+mpf(1)/2)/N) for j in range(N)) for k in range(N)]
    c[0]/=2
    while abs(c[-1])<tol*abs(c[0]): c.pop()
    return c
def show(name,c):
    print("var %s = []float64{"%name)
    for i in range(0,len(c),5): print("\t"+", ".join(float(v).hex() for v in c[i:i+5])+",")
    print("}\n")
def small(n): 
    return lambda t: (lambda x: exp(-x)*(1+x)**(n+1)*(besseli(0,x) if n==0 else (besseli(1,x)/x if x else mpf(1)/2)))(4*(t+1))
def large(n):
    def f(t):
        y=(t+1)/16   # 1/x
        if y<mpf(10)**-12:
            mu=4*n*n
            return (1-mpf(mu-1)/8*y+mpf((mu-1)*(mu-9))/128*y*y)/sqrt(2*pi)
        x=1/y
        return sqrt(x)*exp(-x)*besseli(n,x)
    return f
show("besselI0Small",cheb(small(0))); show("besselI0Large",cheb(large(0)))
show("besselI1Small",cheb(small(1))); show("besselI1Large",cheb(large(1)))
