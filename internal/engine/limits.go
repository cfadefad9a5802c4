package engine

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

func defaultThreads() int { return runtime.GOMAXPROCS(0) }

const (
	mostMemory    = 8_000_000_000
	unknownMemory = 2_000_000_000 // when the machine does not say how much it has
)

// defaultMemory is half of the machine's memory, at most 8 GB.
func defaultMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return unknownMemory
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) >= 2 && words[0] == "MemTotal:" {
			if kilobytes, err := strconv.ParseInt(words[1], 10, 64); err == nil {
				return min(kilobytes*1024/2, mostMemory)
			}
		}
	}
	return unknownMemory
}
