package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"socle/internal/scratch"
	"socle/internal/store"
)

// workPrefix begins the names of the folders where processes write for themselves: copies of versions, pipes, what does not fit in memory.
const workPrefix = "process-"

// openWork makes the folder of this process in dir, and removes those of processes that are dead.
func openWork(dir string) (*scratch.Space, error) {
	space, err := holdWork(context.Background(), dir)
	if err != nil {
		return nil, fmt.Errorf("engine: the folder of work in progress: %w", err)
	}
	return space, nil
}

func holdWork(ctx context.Context, dir string) (*scratch.Space, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	folder, err := scratch.Open(dir)
	if err != nil {
		return nil, err
	}
	dead, err := folder.Abandoned(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range dead {
		if !strings.HasPrefix(id, workPrefix) { // others work here too
			continue
		}
		if err := folder.RemoveAbandoned(ctx, id); err != nil {
			return nil, err
		}
	}
	return folder.Hold(ctx, workPrefix+store.NewID())
}
