// Command api asks the same questions of Socle, of DuckDB alone, of Datasette and of CKAN's datastore, on the same file, in turn, from
// one client and from many, and prints times, rates and ratios against the targets of docs/performance.md.
//
// A ratio out of bounds is printed, not failed. What a peer cannot answer within the time of a cell is cut, and its figure is then
// a lower bound, written "> …".
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/bench/kit"
)

type options struct {
	rows    int
	clients []int
	bounds  kit.Bounds
	rounds  int
	settle  time.Duration
	dir     string
	venv    string
	peers   bool
}

func main() {
	log.SetFlags(0)
	var o options
	flag.IntVar(&o.rows, "rows", 5_000_000, "rows of the generated file, of 15 columns")
	flag.StringVar(&o.dir, "dir", "tmp/bench", "where the files go, and stay for the next run")
	flag.StringVar(&o.venv, "venv", "tmp/bench/venv", "where Datasette is installed")
	flag.IntVar(&o.bounds.Requests, "requests", 400, "requests at most of an engine in a cell and round")
	flag.DurationVar(&o.bounds.Time, "time", 1500*time.Millisecond, "time after which no request of an engine starts in a cell and round")
	flag.DurationVar(&o.bounds.Cut, "cut", 12*time.Second, "time after which what is under way is cut")
	flag.IntVar(&o.rounds, "rounds", 1, "times that each engine has its turn in a cell")
	flag.DurationVar(&o.settle, "settle", 10*time.Minute, "wait at most after the first lookups of a value, while Socle sorts a copy in the background")
	flag.BoolVar(&o.peers, "peers", true, "Datasette and CKAN's datastore too")
	clients := flag.String("clients", "1,8,64", "numbers of clients")
	prepare := flag.Bool("prepare", false, "only make the files and the databases")
	only := flag.String("only", "", "only the questions whose name holds this")
	growing := flag.Bool("growth", false, "Socle and DuckDB alone, one client, on files of 100 thousand rows and more")
	most := flag.Int("most", 10_000_000, "with -growth: rows of the largest file, 100,000,000 for the whole curve")
	flag.Parse()
	for text := range strings.SplitSeq(*clients, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			log.Fatalf("bench-api: -clients: %q is not a number of clients", text)
		}
		o.clients = append(o.clients, n)
	}
	var err error
	if *growing {
		err = growth(context.Background(), o, *most)
	} else {
		err = bench(context.Background(), o, *prepare, *only)
	}
	if err != nil {
		log.Fatal("bench-api: ", err)
	}
}

// bench prepares the engines and prints a table for each question.
func bench(ctx context.Context, o options, prepare bool, only string) error {
	engines, questions, err := open(ctx, o)
	defer func() {
		for _, e := range engines {
			e.close()
		}
	}()
	if err != nil || prepare {
		return err
	}
	fmt.Printf("# %s, %d rows × 15 columns\n\n", kit.Machine(), o.rows)
	fmt.Println(`Each client asks again as soon as it is answered; engines take turns in each cell; each is warmed first. Every question is new, so that
no answer comes from a cache, except where it is said. Socle and Datasette answer over HTTP, without compression. DuckDB runs the same SQL
on the same Parquet file in the process of the clients, without HTTP nor JSON: the limit. CKAN’s datastore is a lower bound in CKAN’s favour:
PostgreSQL runs the statements of CKAN, with an index on every column that is filtered; nothing of CKAN’s Python nor of HTTP is counted.
"> t" means that requests were cut, after t. Failures are named under the table.`)
	var missed []string
	for _, q := range questions {
		if only == "" || strings.Contains(q.name, only) {
			missed = append(missed, ask(ctx, o, engines, q)...)
		}
	}
	socle := engines[0].(*overHTTP)
	now, most := socle.process.Memory()
	fmt.Printf("Memory of Socle: %d MB now, %d MB at most, with %d clients.\n\n", now/1e6, most/1e6, slices.Max(o.clients))
	if len(missed) == 0 {
		fmt.Println("Every target is met.")
	} else {
		fmt.Println("Targets missed:\n\n- " + strings.Join(missed, "\n- "))
	}
	return nil
}

// open prepares every engine, Socle first and DuckDB second, and the questions.
func open(ctx context.Context, o options) (engines []engine, questions []question, err error) {
	clients := slices.Max(o.clients)
	data, err := kit.Published(o.dir, o.rows)
	if err != nil {
		return nil, nil, err
	}
	socle, cursor, err := openSocle(ctx, data, clients)
	if err != nil {
		return nil, nil, err
	}
	engines = append(engines, socle)
	parquet, err := kit.Parquet(data)
	if err != nil {
		return engines, nil, err
	}
	duck, err := openDuckDB(parquet)
	if err != nil {
		return engines, nil, err
	}
	engines = append(engines, duck)
	file, err := kit.File(o.dir, o.rows)
	if err != nil {
		return engines, nil, err
	}
	if o.peers {
		datasette, err := openDatasette(ctx, o.dir, o.venv, file, o.rows, clients)
		if err != nil {
			return engines, nil, err
		}
		engines = append(engines, datasette)
		ckan, err := openCKAN(ctx, o.dir, file, o.rows, clients)
		if err != nil {
			return engines, nil, err
		}
		engines = append(engines, ckan)
	}
	uais, err := establishments(filepath.Clean(file))
	if err != nil {
		return engines, nil, err
	}
	return engines, questionsOn(o.rows, uais, cursor), nil
}

const warmings = 30 // questions of a kind that warm Socle, for the first two kinds

var asked int // questions asked so far: each cell begins where the one before ended

// cell measures each engine on a question with a number of clients, in turn, warmed before the first cell of the question.
func cell(ctx context.Context, o options, engines []engine, q question, clients int, warm bool) []kit.Load {
	loads := make([]kit.Load, len(engines))
	run := func(e engine, first int, bounds kit.Bounds, clients int) kit.Load {
		load := kit.Run(ctx, clients, first, bounds, func(ctx context.Context, client, i int) error { return e.ask(ctx, q, client, i) })
		if load.Cut > 0 {
			if err := e.settle(ctx); err != nil {
				load.Failed, load.Err = load.Failed+1, err
			}
		}
		return load
	}
	if warm {
		socle := engines[0].(*overHTTP)
		first := socle.warmed < 2 // it makes copies in the background of what is asked again and again
		socle.warmed++
		for n, e := range engines {
			bounds := kit.Bounds{Requests: 5, Time: o.bounds.Time, Cut: o.bounds.Cut}
			if n == 0 && first {
				bounds = kit.Bounds{Requests: warmings, Time: time.Minute, Cut: time.Minute + o.bounds.Cut}
			}
			run(e, asked, bounds, 1)
		}
		asked += warmings
		if first {
			socle.process.Settle(ctx, o.settle)
		}
	}
	for range o.rounds {
		runtime.GC() // not during somebody's turn
		for n, e := range engines {
			loads[n].Add(run(e, asked, o.bounds, clients))
		}
		asked += o.bounds.Requests
	}
	return loads
}

// ask prints the table of a question and returns the targets that it misses.
func ask(ctx context.Context, o options, engines []engine, q question) (missed []string) {
	if q.same {
		engines = engines[:2]
	}
	fmt.Printf("\n## %s\n\n| clients | engine | p50 | p95 | answers/s | p50 beside Socle’s |\n|---|---|---|---|---|---|\n", q.name)
	var troubles []string
	for at, clients := range o.clients {
		loads := cell(ctx, o, engines, q, clients, at == 0)
		socle := loads[0].Quantile(0.5)
		for n, e := range engines {
			ratio := "1"
			if n > 0 && socle > 0 && loads[n].Answered()+loads[n].Cut > 0 {
				ratio = fmt.Sprintf("%.2f", float64(loads[n].Quantile(0.5))/float64(socle))
			}
			fmt.Printf("| %d | %s | %s | %s | %.1f | %s |\n", clients, e.name(), loads[n].Shown(0.5), loads[n].Shown(0.95), loads[n].Rate(), ratio)
			if trouble := loads[n].Trouble(); trouble != "" {
				troubles = append(troubles, fmt.Sprintf("%s, %d clients: %s", e.name(), clients, trouble))
			}
		}
		missed = append(missed, against(q, clients, engines, loads)...)
		for n := len(engines) - 1; n > 1; n-- { // a peer that answered nothing in time would answer less with more clients
			if loads[n].Answered() == 0 && at < len(o.clients)-1 {
				troubles = append(troubles, engines[n].name()+" is not asked by more clients: it answered nothing in time.")
				engines = slices.Delete(slices.Clone(engines), n, n+1)
			}
		}
	}
	fmt.Println()
	if len(troubles) > 0 {
		fmt.Println("- " + strings.Join(troubles, "\n- ") + "\n")
	}
	return missed
}

// against compares with the targets: within 1.2 times and 2 ms of DuckDB, never slower than a peer, 20 times faster on groups.
func against(q question, clients int, engines []engine, loads []kit.Load) (missed []string) {
	socle := loads[0].Quantile(0.5)
	miss := func(format string, args ...any) {
		missed = append(missed, fmt.Sprintf("%s, %d clients: ", q.name, clients)+fmt.Sprintf(format, args...))
	}
	if loads[0].Failed > 0 || loads[0].Answered() == 0 {
		miss("Socle fails (%s)", loads[0].Trouble())
		return missed
	}
	if limit := time.Duration(1.2*float64(loads[1].Quantile(0.5))) + 2*time.Millisecond; loads[1].Answered() > 0 && socle > limit {
		miss("%s, for at most %s beside DuckDB", kit.Milliseconds(socle), kit.Milliseconds(limit))
	}
	for n := 2; n < len(engines); n++ {
		peer := loads[n].Quantile(0.5)
		if peer == 0 {
			continue
		}
		switch times := float64(peer) / float64(socle); {
		case times < 1 && loads[n].Answered() > 0:
			miss("slower than %s (%s, %s)", engines[n].name(), kit.Milliseconds(socle), kit.Milliseconds(peer))
		case q.grouped && times < 20:
			miss("%.1f times faster than %s, for 20", times, engines[n].name())
		}
	}
	return missed
}
