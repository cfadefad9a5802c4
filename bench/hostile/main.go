// Command hostile measures what ordinary readers feel while others send hostile questions: lists of thousands of values, conditions
// nested thousands deep, patterns made to explode, whole exports by fifty clients, cross joins in the SQL console.
//
// A few readers ask for cheap pages, pausing between two, first alone, then beside each kind of attack. Being refused is a good answer to
// an attack; what counts is that the readers' p99 stays below twice its quiet value, and that nobody gets an answer of the kind 5xx.
//
// Attackers are a process of the lowest priority, as what gives way inside a server: elsewhere they are other machines, whose own work slows
// nobody down.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"socle/bench/kit"
	"socle/internal/nice"
)

type options struct {
	rows    int
	dir     string
	time    time.Duration
	readers int
	pause   time.Duration
	only    string
	warm    time.Duration
	attack  string
	base    string
}

func main() {
	log.SetFlags(0)
	var o options
	flag.IntVar(&o.rows, "rows", 5_000_000, "rows of the generated file, of 15 columns")
	flag.StringVar(&o.dir, "dir", "tmp/bench", "where the files go, and stay for the next run")
	flag.DurationVar(&o.time, "time", 15*time.Second, "how long each measure lasts")
	flag.IntVar(&o.readers, "readers", 8, "ordinary readers")
	flag.DurationVar(&o.pause, "pause", 20*time.Millisecond, "what each reader waits between two requests")
	flag.DurationVar(&o.warm, "warm", 10*time.Second, "how long readers ask without a pause before the first measure, so that every measure finds the same answers in memory")
	flag.StringVar(&o.only, "only", "", "only the attacks whose name holds this")
	flag.StringVar(&o.attack, "attack", "", "the attack to send until the standard input ends, and nothing else: what this program starts itself for")
	flag.StringVar(&o.base, "base", "", "the server to attack")
	flag.Parse()
	if o.attack != "" {
		if err := attackUntilTold(o); err != nil {
			log.Fatal("bench-hostile: ", err)
		}
		return
	}
	if err := bench(context.Background(), o); err != nil {
		log.Fatal("bench-hostile: ", err)
	}
}

const dataset = "/api/explore/v2.1/catalog/datasets/bench"

// An attack is a question sent again and again by some clients. Every i makes another one.
type attack struct {
	name    string
	clients int
	path    func(i int) string
}

func where(condition string) string {
	return dataset + "/records?limit=10&where=" + url.QueryEscape(condition)
}

// longest is the size of an attack: an address longer than the server's limit on headers would be refused before it is read.
const longest = 55_000

func attacks() []attack {
	sql := func(text string) string { return "/api/v1/sql?sql=" + url.QueryEscape(text) }
	return []attack{
		{"lists of thousands of values", 8, func(i int) string {
			var b strings.Builder
			b.WriteString("effectif in (")
			for n := 0; b.Len() < longest/2; n++ { // commas are written in three
				fmt.Fprintf(&b, "%d,", 1000*i+n)
			}
			return where(b.String() + "1)")
		}},
		{"parentheses and NOT, thousands deep", 8, func(i int) string {
			const deep = 4_000
			return where(strings.Repeat("not (", deep) + fmt.Sprintf("effectif > %d", i) + strings.Repeat(")", deep))
		}},
		{"a thousand ORs of texts", 8, func(i int) string {
			return where(strings.Repeat(fmt.Sprintf(`observation like "*%d*a*" or `, i), 900) + "effectif > 0")
		}},
		{"patterns made to explode", 8, func(i int) string {
			return where(fmt.Sprintf(`observation like "%s%d"`, strings.Repeat("*a", 60), i))
		}},
		{"search with slips in every text", 8, func(i int) string {
			return where(fmt.Sprintf(`search(*, "rentrree provisoirres commmunes confirmmer divisionn %d")`, i))
		}},
		{"groups by every field", 8, func(i int) string {
			return dataset + "/records?limit=20000&group_by=" + url.QueryEscape("uai,montant,date_constat,effectif") + "&select=" + url.QueryEscape("count(*) as n, count(distinct etablissement) as e") +
				"&order_by=n&where=" + url.QueryEscape(fmt.Sprintf("effectif > %d", i))
		}},
		{"whole CSV exports", 50, func(i int) string {
			return dataset + "/exports/csv?where=" + url.QueryEscape(fmt.Sprintf("montant >= %d.5", i%1000))
		}},
		{"whole workbooks", 8, func(i int) string {
			return dataset + "/exports/xlsx?where=" + url.QueryEscape(fmt.Sprintf("montant >= %d.5", i%1000))
		}},
		{"cross joins in SQL", 8, func(i int) string {
			return sql(fmt.Sprintf("SELECT count(*) AS n, max(a.montant * b.montant) AS m FROM bench a CROSS JOIN bench b CROSS JOIN bench c WHERE a.effectif + b.effectif > c.effectif + %d", i))
		}},
		{"sorts and texts that grow in SQL", 8, func(i int) string {
			return sql(fmt.Sprintf("SELECT string_agg(a.observation || b.etablissement || '%d', ',' ORDER BY a.montant) AS t FROM bench a JOIN bench b USING (uai)", i))
		}},
	}
}

// clientOf asks from an address of its own, as a stranger does: the limits of the server are those of each caller.
func clientOf(base string, kind, n int) *kit.Client {
	client := kit.NewClient(strings.TrimPrefix(base, "http://"))
	client.From = fmt.Sprintf("127.%d.0.%d", kind, n+1)
	return client
}

// The kinds of callers: the second number of their addresses.
const (
	reader   = 1
	attacker = 2
)

// reading asks for cheap pages that nobody asked before.
func reading(ctx context.Context, base string, o options, first int, lasting time.Duration) kit.Load {
	clients := make([]*kit.Client, o.readers)
	for i := range clients {
		clients[i] = clientOf(base, reader, i)
		defer clients[i].Close()
	}
	paths := []func(i int) string{
		func(i int) string { return fmt.Sprintf("%s/records?limit=20&offset=%d", dataset, i%9_900) },
		func(i int) string { return fmt.Sprintf("%s/records/%d", dataset, i*31%o.rows) },
		func(i int) string {
			return dataset + fmt.Sprintf("?select=dataset_id&lang=%s", []string{"fr", "en"}[i%2])
		},
		func(i int) string { return "/api/explore/v2.1/catalog/datasets?limit=5&offset=" + fmt.Sprint(i%2) },
	}
	return kit.Run(ctx, o.readers, first, kit.Bounds{Requests: 1 << 40, Time: lasting, Cut: lasting + 15*time.Second, Pause: o.pause}, func(ctx context.Context, client, i int) error {
		path := paths[i%len(paths)](i)
		answer, err := clients[client].Get(ctx, path, "", nil)
		if err == nil && answer.Status != 200 {
			err = fmt.Errorf("%s: status %d", path, answer.Status)
		}
		return err
	})
}

// startAttack starts the process of an attack. Who calls stop ends it, and is told its answers by status; 0 is no answer.
func startAttack(base string, a attack) (stop func() (map[int]int, error), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	process := exec.Command(self, "-attack", a.name, "-base", base)
	process.Stderr = os.Stderr
	end, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	told, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	nice.RunLast(func() { err = process.Start() })
	if err != nil {
		return nil, err
	}
	return func() (counts map[int]int, err error) {
		end.Close()
		err = json.NewDecoder(told).Decode(&counts)
		if waited := process.Wait(); err == nil {
			err = waited
		}
		return counts, err
	}, nil
}

// attackUntilTold is that process.
func attackUntilTold(o options) error {
	i := slices.IndexFunc(attacks(), func(a attack) bool { return a.name == o.attack })
	if i < 0 {
		return fmt.Errorf("no attack %q", o.attack)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	answers := attacking(ctx, o.base, attacks()[i])
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
	return json.NewEncoder(os.Stdout).Encode(answers())
}

// attacking sends an attack until the context ends, and counts the answers by status; 0 is no answer.
func attacking(ctx context.Context, base string, a attack) (answers func() map[int]int) {
	var mutex sync.Mutex
	var wait sync.WaitGroup
	counts := map[int]int{}
	for n := range a.clients {
		wait.Go(func() {
			client := clientOf(base, attacker, n)
			defer client.Close()
			for i := n + 1; ctx.Err() == nil; i += a.clients {
				answer, err := client.Get(ctx, a.path(i), "", nil)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					answer.Status = 0
				}
				mutex.Lock()
				counts[answer.Status]++
				mutex.Unlock()
			}
		})
	}
	return func() map[int]int { wait.Wait(); return counts }
}

func bench(ctx context.Context, o options) error {
	data, err := kit.Published(o.dir, o.rows)
	if err != nil {
		return err
	}
	server, err := kit.StartLimited(ctx, data)
	if err != nil {
		return err
	}
	defer server.Stop()
	fmt.Printf("# %s: %d ordinary readers beside attacks, %d rows × 15 columns\n\n", kit.Machine(), o.readers, o.rows)
	fmt.Println("Readers ask for pages that nobody asked before, from memory or with a few milliseconds of work. Attackers run on the same cores with the lowest priority, and read what they are sent. 404 for SQL means that this Socle has no such endpoint.")
	fmt.Println("\n| attack | attackers | their answers | readers, quiet p50, p99 | during p50, p99 | p99 ratio | target < 2 | readers’ trouble | memory at most | quiet again after, 30 s at most |\n|---|---|---|---|---|---|---|---|---|---|")
	first := 0
	const step = 1_000_000 // more than a measure asks
	fresh := o
	fresh.pause = 0
	reading(ctx, server.Base, fresh, first, o.warm)
	server.Settle(ctx, 3*time.Minute)
	calm := reading(ctx, server.Base, o, step/2, o.time/2).Quantile(0.99)
	for _, a := range attacks() {
		if !strings.Contains(a.name, o.only) {
			continue
		}
		first += step + 7
		quiet := reading(ctx, server.Base, o, first, o.time/2)
		first += step + 13
		stop, err := startAttack(server.Base, a)
		if err != nil {
			return err
		}
		time.Sleep(o.time / 10) // until it is under way
		during := reading(ctx, server.Base, o, first, o.time)
		counts, err := stop()
		if err != nil {
			return err
		}
		_, most := server.Memory()
		ended := time.Now()
		for again := calm + 1; again > calm*3/2 && time.Since(ended) < 30*time.Second; {
			first += step + 3
			again = reading(ctx, server.Base, o, first, o.time/5).Quantile(0.99)
		}
		ratio := float64(during.Quantile(0.99)) / float64(max(quiet.Quantile(0.99), time.Microsecond))
		fmt.Printf("| %s | %d | %s | %s, %s | %s, %s | %.2f | %s | %s | %d MB | %.0f s |\n", a.name, a.clients, statuses(counts), quiet.Shown(0.5), quiet.Shown(0.99),
			during.Shown(0.5), during.Shown(0.99), ratio, verdict(ratio < 2 && during.Failed == 0), during.Trouble(), most/1e6, time.Since(ended).Seconds())
	}
	return nil
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// statuses writes "200 × 12, 400 × 3".
func statuses(counts map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		name := fmt.Sprint(status)
		if status == 0 {
			name = "no answer"
		}
		parts = append(parts, fmt.Sprintf("%s × %d", name, counts[status]))
	}
	if len(parts) == 0 {
		return "none yet"
	}
	return strings.Join(parts, ", ")
}
