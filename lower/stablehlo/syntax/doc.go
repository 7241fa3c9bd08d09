// Package syntax reads the text of StableHLO, CHLO, func and module operations, in the short and in the generic form, into one
// tree, and writes the tree in the generic form.
//
// Parse(file string, src []byte) (*Module, error) reads one module. Data flow: bytes --lexer--> tokens --parser--> Module --Print--> generic text. The tree has one form for everything: an Op has a
// name, operands, results, attributes and regions, and short forms are turned into what the generic form of the same operation
// says, with the names that the dialect's definition gives its attributes:
//
//	stablehlo.slice %x [0:4:2]          start_indices, limit_indices, strides: IntArray
//	stablehlo.compare LT, %a, %b, FLOAT comparison_direction, compare_type: Enum
//	stablehlo.dot_general               dot_dimension_numbers: Struct "stablehlo.dot"; precision_config: Array of Enum; algorithm: Struct
//	stablehlo.convolution               dimension_numbers: Struct "stablehlo.conv" with the fields of its raw form; window_strides,
//	                                    lhs_dilation, rhs_dilation, window_reversal: IntArray; padding: Dense [n, 2]
//	stablehlo.reduce %x init: %i applies stablehlo.add    dimensions: IntArray; a region with the operation and stablehlo.return
//	stablehlo.custom_call @f(...)       call_target_name: String; the rest from its dictionary
//	func.call @f, call @f               func.call with callee: Symbol
//	return                              func.return
//	check.expect_eq_const %x, dense<>   value: Dense
//
// The parser resolves SSA names, so operands are pointers to the values that define them; names that are not defined, or twice, are
// errors. It knows forms, not meanings: whether an operation exists, and whether its types fit, is for the reader of the tree
// (package stablehlo). Locations and comments are dropped. Text of dialects that are not known here is accepted in the generic form,
// and their attributes and types are kept as text (Raw, RawType).
//
// Errors are of type *Error: file:line:column, what was expected, what was found, and the operation. No input makes the package panic.
//
// The package imports ir/dtype, ir/tensor and the standard library only.
package syntax
