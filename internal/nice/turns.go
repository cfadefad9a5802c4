package nice

import "sync"

// turns are the threads on which pieces of slow work take turns.
var turns = sync.OnceValue(func() chan func() {
	pieces := make(chan func())
	for range processors {
		go Run(func() {
			for piece := range pieces {
				piece()
			}
		})
	}
	return pieces
})

// Do runs a piece of work that somebody can wait for, some milliseconds long, on one of a few threads of low priority, and returns
// when it is done: whoever has much to do takes turns with all others who have. A piece must wait for nothing, neither a reader nor a
// database.
func Do(piece func()) {
	var broken any
	done := make(chan struct{})
	turns() <- func() {
		defer close(done)
		defer func() { broken = recover() }()
		piece()
	}
	<-done
	if broken != nil {
		panic(broken) // where the caller's own guard is
	}
}
