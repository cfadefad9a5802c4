package nice

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLongWorkPausesWhileOthersWaitAndNoLongerThanItsShare(t *testing.T) {
	cases := map[string]struct {
		waits       time.Duration // after the first piece of work; 0: nobody
		again       time.Duration // between two questions of who asks one after the other; 0: one question
		atLeast, to time.Duration // of the pause
	}{
		"nobody waits":           {0, 0, 0, 0},
		"one question":           {40 * time.Millisecond, 0, 40 * time.Millisecond, 50 * time.Millisecond},
		"questions in a row":     {20 * time.Millisecond, time.Millisecond, 150 * time.Millisecond, 200 * time.Millisecond},
		"a question for an hour": {time.Hour, 0, 180 * time.Millisecond, 180 * time.Millisecond},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var w Waiters
				pace := NewPace(&w, 1)
				time.Sleep(20 * time.Millisecond) // work
				if c.waits > 0 {
					leave := w.Enter()
					go func() {
						for asked := 0; ; asked++ {
							if !sleepFor(ctx, c.waits) {
								return
							}
							leave()
							if c.again == 0 || asked == 7 || !sleepFor(ctx, c.again) {
								return
							}
							leave = w.Enter()
						}
					}()
				}
				start := time.Now()
				pace.Pause(ctx)
				if took := time.Since(start); took < c.atLeast || took > c.to {
					t.Errorf("it paused for %v, wanted %v to %v", took, c.atLeast, c.to)
				}
				again := time.Now()
				if pace.Pause(ctx); time.Since(again) > 0 {
					t.Error("it paused twice for one piece of work")
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

func sleepFor(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func TestWorkThatGivesWayToManyGoesOnBesideFew(t *testing.T) {
	for waiting, pauses := range []bool{false, false, true, true} {
		synctest.Test(t, func(t *testing.T) {
			var w Waiters
			for range waiting {
				defer w.Enter()()
			}
			pace := NewPace(&w, 2)
			time.Sleep(20 * time.Millisecond)
			start := time.Now()
			if pace.Pause(t.Context()); time.Since(start) > 0 != pauses {
				t.Errorf("beside %d it paused for %v", waiting, time.Since(start))
			}
		})
	}
}

func TestAPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		var w Waiters
		defer w.Enter()()
		pace := NewPace(&w, 1)
		time.Sleep(time.Second)
		start := time.Now()
		pace.Pause(ctx)
		if took := time.Since(start); took > 5*time.Millisecond {
			t.Errorf("it went on for %v", took)
		}
	})
}
