// Package nice lets work that can wait give way to who waits for an answer: exports, scans of large versions, measures in the
// background.
package nice

import (
	"runtime"
	"syscall"
)

// Priority is how much such work gives way, on the scale of nice(1).
const Priority = 10

// Run runs f on a thread of low priority and returns when f has. On Linux, a priority is that of a thread, and the threads that it
// starts inherit it; goroutines that f starts do not. When nobody else asks for the processor, f is as fast as anything.
func Run(f func()) {
	var broken any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { broken = recover() }()
		runtime.LockOSThread() // and never unlocked: what gave its priority up cannot have it back, so the thread ends with f
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, Priority)
		f()
	}()
	<-done
	if broken != nil {
		panic(broken) // where the caller's own guard is
	}
}
