// Command portal publishes a whole ministry's portal on one machine, then answers the calls that it gets, in their proportions, from
// many clients, and beside it asks nginx for the same bytes as files: the limit for what is asked again and again.
//
// The list of the datasets may be that of a real portal (--list); without one, the program makes up 281 datasets with the same
// shape. Their rows are generated, as many and as wide. Half of the calls are for the school calendar.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"socle/bench/kit"
)

type options struct {
	list    string
	scale   float64
	clients int
	time    time.Duration
	warm    time.Duration
	dir     string
	prepare bool
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.list, "list", "", "the list of a portal, a CSV; a built-in one of the same shape when absent")
	flag.Float64Var(&o.scale, "scale", 1, "rows of each dataset times this")
	flag.IntVar(&o.clients, "clients", 64, "clients")
	flag.DurationVar(&o.time, "time", 30*time.Second, "how long each load lasts")
	flag.DurationVar(&o.warm, "warm", 5*time.Minute, "how long calls are answered before those that are measured: a portal runs for days")
	flag.StringVar(&o.dir, "dir", "tmp/bench", "where the files go, and stay for the next run")
	flag.BoolVar(&o.prepare, "prepare", false, "only publish")
	flag.Parse()
	if err := bench(context.Background(), o); err != nil {
		log.Fatal("bench-portal: ", err)
	}
}

func bench(ctx context.Context, o options) error {
	datasets, from, err := list(o.list, o.scale)
	if err != nil {
		return err
	}
	fmt.Printf("# %s: a whole portal, %d datasets (%s), rows × %g\n\n", kit.Machine(), len(datasets), from, o.scale)
	data := filepath.Join(o.dir, fmt.Sprintf("portal-%d-%g", len(datasets), o.scale))
	if o.list != "" && !strings.HasPrefix(from, "built in") {
		data += "-listed"
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if err := publishAll(ctx, datasets, data); err != nil || o.prepare {
		return err
	}
	return serve(ctx, o, datasets, data)
}

// drawn are calls drawn beforehand, so that clients do nothing but ask while they are measured.
type drawn struct {
	paths []string
	etags []atomic.Pointer[string] // of each path, once it was answered
	calls []drawnCall
	took  []time.Duration // of each call, once it was asked
}

type drawnCall struct {
	path  int
	again bool
	kind  string
}

func draw(list []dataset, many int) *drawn {
	d := &drawn{calls: make([]drawnCall, many)}
	known := map[string]int{}
	caller := newCaller(list, 1)
	for i := range d.calls {
		c := caller.next()
		n, found := known[c.path]
		if !found {
			n = len(d.paths)
			known[c.path] = n
			d.paths = append(d.paths, c.path)
		}
		d.calls[i] = drawnCall{n, c.again, c.kind}
	}
	d.etags = make([]atomic.Pointer[string], len(d.paths))
	return d
}

// hot keeps the calls of the paths asked most, and only these.
func (d *drawn) hot(many int) *drawn {
	counts := map[int]int{}
	for _, c := range d.calls {
		counts[c.path]++
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b int) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	most = most[:min(many, len(most))]
	h := &drawn{etags: make([]atomic.Pointer[string], len(most))}
	number := map[int]int{}
	for n, path := range most {
		number[path] = n
		h.paths = append(h.paths, d.paths[path])
	}
	for _, c := range d.calls {
		if n, kept := number[c.path]; kept {
			c.path = n
			h.calls = append(h.calls, c)
		}
	}
	return h
}

// run asks the calls of a server for some time. path is what the server calls the n-th one.
func (d *drawn) run(ctx context.Context, base string, clients int, lasting time.Duration, path func(n int) string) (load kit.Load, unchanged int64) {
	connections := make([]*kit.Client, clients)
	for i := range connections {
		connections[i] = kit.NewClient(strings.TrimPrefix(base, "http://"))
		defer connections[i].Close()
	}
	var notModified atomic.Int64
	d.took = make([]time.Duration, len(d.calls))
	load = kit.Run(ctx, clients, 0, kit.Bounds{Requests: 1 << 40, Time: lasting, Cut: 2*lasting + 10*time.Second}, func(ctx context.Context, client, i int) error {
		c := d.calls[i%len(d.calls)]
		etag := ""
		if known := d.etags[c.path].Load(); c.again && known != nil {
			etag = *known
		}
		began := time.Now()
		answer, err := connections[client].Get(ctx, path(c.path), etag, nil)
		d.took[i%len(d.calls)] = time.Since(began)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", path(c.path), err)
		case answer.Status == 304:
			notModified.Add(1)
		case answer.Status != 200:
			return fmt.Errorf("%s: status %d", path(c.path), answer.Status)
		case c.again && etag == "":
			d.etags[c.path].Store(&answer.ETag)
		}
		return nil
	})
	return load, notModified.Load()
}

// kinds writes a table of what each kind of call took in the last run, most time in all first.
func (d *drawn) kinds() string {
	took := map[string][]time.Duration{}
	sums := map[string]time.Duration{}
	asked, all := 0, time.Duration(0)
	for i, c := range d.calls {
		if t := d.took[i]; t > 0 {
			took[c.kind] = append(took[c.kind], t)
			sums[c.kind] += t
			asked, all = asked+1, all+t
		}
	}
	var b strings.Builder
	b.WriteString("| call | part of the calls | part of the waiting | p50 | p99 |\n|---|---|---|---|---|\n")
	for _, kind := range slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return cmp.Compare(sums[b], sums[a]) }) {
		list := took[kind]
		slices.Sort(list)
		fmt.Fprintf(&b, "| %s | %.1f %% | %.1f %% | %s | %s |\n", kind, 100*float64(len(list))/float64(asked), 100*sums[kind].Seconds()/all.Seconds(),
			kit.Milliseconds(list[len(list)/2]), kit.Milliseconds(list[len(list)*99/100]))
	}
	return b.String()
}

// from leaves out the first calls, which were asked.
func (d *drawn) from(n int) { d.calls = d.calls[min(n, len(d.calls)):] }

// mostCalls are those that are drawn for a second: more than are answered, or addresses would come back sooner than they do.
const mostCalls = 10_000

// hotFiles is how many answers nginx serves as files.
const hotFiles = 3_000

func serve(ctx context.Context, o options, list []dataset, data string) error {
	server, err := kit.StartSocle(ctx, data)
	if err != nil {
		return err
	}
	defer server.Stop()
	settled := server.Settle(ctx, 20*time.Minute)
	all := draw(list, max(1_000_000, int((o.warm+2*o.time).Seconds())*mostCalls))
	hot := all.hot(hotFiles)
	files := filepath.Join(o.dir, "portal-files")
	socle := func(d *drawn) func(int) string { return func(n int) string { return d.paths[n] } }

	fmt.Printf("What the server had left to do of itself (scores, pivots) took %.0f s before the calls.\n\n", settled.Seconds())
	fmt.Printf(`%d clients ask again as soon as they are answered, over connections that stay open, from the same machine, with a small HTTP/1.1 client of
our own, which costs little but shares the cores. Calls are drawn in the proportions of the list: %d addresses in %d calls, half for the calendar. Files
above %d kB are not downloaded here. Agendas ask with If-None-Match for what they have.

| | calls/s | p50 | p95 | p99 | not modified | trouble |
|---|---|---|---|---|---|---|
`, o.clients, len(all.paths), len(all.calls), smallFile/1000)
	show := func(name string, load kit.Load, unchanged int64) {
		fmt.Printf("| %s | %.0f | %s | %s | %s | %.0f %% | %s |\n", name, load.Rate(), load.Shown(0.5), load.Shown(0.95), load.Shown(0.99),
			100*float64(unchanged)/float64(max(load.Answered(), 1)), load.Trouble())
	}
	cold, unchanged := all.run(ctx, server.Base, o.clients, o.time/4, socle(all))
	show("Socle, the first calls after it starts", cold, unchanged)
	all.from(cold.Asked())
	warming, unchanged := all.run(ctx, server.Base, o.clients, o.warm, socle(all))
	show(fmt.Sprintf("Socle, the %.0f s that follow", o.warm.Seconds()), warming, unchanged)
	all.from(warming.Asked())
	mixed, unchanged := all.run(ctx, server.Base, o.clients, o.time, socle(all))
	show(fmt.Sprintf("Socle, all calls, the %.0f s after these", o.time.Seconds()), mixed, unchanged)
	kinds := all.kinds()
	now, most := server.Memory()
	if err := writeFiles(ctx, server.Base, files, hot.paths); err != nil {
		return err
	}
	nginx, err := startNginx(ctx, o.dir, files)
	if err != nil {
		return err
	}
	defer nginx.Stop()
	beside := hot.hot(hotFiles) // the same calls, with what nginx calls their versions
	var socleHot, nginxHot kit.Load
	var socleSame, nginxSame int64
	for range 2 { // in turn
		load, same := hot.run(ctx, server.Base, o.clients, o.time/4, socle(hot))
		socleHot.Add(load)
		socleSame += same
		load, same = beside.run(ctx, nginx.Base, o.clients, o.time/4, func(n int) string { return fmt.Sprintf("/%d", n) })
		nginxHot.Add(load)
		nginxSame += same
	}
	show(fmt.Sprintf("Socle, the %d addresses asked most", len(hot.paths)), socleHot, socleSame)
	show("nginx, the same as files: the limit", nginxHot, nginxSame)
	fmt.Printf("\nMemory of Socle after all calls: %d MB, %d MB at most. Socle's rate on the hot ones is %.2f of nginx's.\n\n", now/1e6, most/1e6, socleHot.Rate()/nginxHot.Rate())
	fmt.Printf("What was waited for in the third line:\n\n%s\n", kinds)
	verdict := func(met bool) string {
		if met {
			return "met"
		}
		return "missed"
	}
	fmt.Printf("Targets: at least 4,000 calls/s on 2 cores: %s; p99 below 50 ms: %s.\n", verdict(mixed.Rate() >= 4000), verdict(mixed.Quantile(0.99) < 50*time.Millisecond))
	return nil
}
