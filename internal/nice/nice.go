// Package nice lets work that can wait give way to who waits for an answer: exports, scans of large versions, measures in the
// background.
//
// There are two ways of giving way. Databases, which hold nothing that the rest waits for, go last. Work of Go goes before them, for
// while a thread holds a part of Go's scheduler or a lock, others wait for it.
package nice

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Priority is how much work of Go gives way, on the scale of nice(1).
const Priority = 10

// LastPriority is how much databases give way: as much as can be.
const LastPriority = 19

// processors is what Go found when the program began: later it is told another number, see [Room].
var processors = runtime.GOMAXPROCS(0)

// Processors is how many processors the program may use.
func Processors() int { return processors }

// Room lets Go run on more threads than there are processors, so that the kernel, which knows of priorities, chooses who runs,
// and not Go, which does not: its places would be taken by calls of the database and by work that gives way, and who asks for a page
// would wait until one of them is taken back. Call it when the program begins to serve.
func Room() { runtime.GOMAXPROCS(4 * processors) }

// Run runs f on a thread of low priority and returns when f has. On Linux, a priority is that of a thread, and the threads that it
// starts inherit it; goroutines that f starts do not. When nobody else asks for the processor, f is as fast as anything.
func Run(f func()) { run(Priority, f) }

// RunLast is [Run] for calls of a database, and for what starts the threads of one.
func RunLast(f func()) { run(LastPriority, f) }

func run(priority int, f func()) {
	var broken any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { broken = recover() }()
		runtime.LockOSThread() // and never unlocked: what gave its priority up cannot have it back, so the thread ends with f
		lower(priority)
		f()
	}()
	<-done
	if broken != nil {
		panic(broken) // where the caller's own guard is
	}
}

// lower gives the priority of the thread up. It also asks to be left to run for longer at a time: since Linux 6.12 who wants to run
// for less takes the processor at once when awake, and does not wait for the end of a slice.
func lower(priority int) {
	const millisecond = 1_000_000
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, priority)
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Nice: int32(priority), Runtime: uint64(priority) * millisecond}, 0)
}
