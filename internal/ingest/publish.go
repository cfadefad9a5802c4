package ingest

import (
	"context"
	"errors"
	"io"
)

// PublishFile publishes a file of this machine. The principal of ctx must have the right to. It answers [LossError] or
// [PersonalError] when somebody must confirm, and faults of kind Invalid when the file cannot be read.
func (s *Service) PublishFile(ctx context.Context, path string, r Request) (Result, error) {
	return Result{}, errors.ErrUnsupported
}

// Publish publishes what a reader gives; name is the name of the file.
func (s *Service) Publish(ctx context.Context, name string, body io.Reader, r Request) (Result, error) {
	return Result{}, errors.ErrUnsupported
}

// PublishURL publishes the file at an address of the public Internet.
func (s *Service) PublishURL(ctx context.Context, address string, r Request) (Result, error) {
	return Result{}, errors.ErrUnsupported
}
