// Package run runs models for long: inputs over time, monitors, progress, cancellation.
//
//	model, Config ──New──▶ Runner.Run(ctx, ms) ──chunks of compiled steps──▶ History
//
// A run is cut into chunks, each one call of compiled code that commits the model's state at its end. So monitors need memory for one chunk
// before they are turned into history, progress can be shown, and a cancelled run returns what it has and can go on from there.
//
// May import: trace and below, brain.
package run
