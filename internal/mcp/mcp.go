// Package mcp is the door for AI assistants: tools with the permission that each asks, over the Model Context Protocol.
//
// Capabilities register their tools, typed on both sides; an assistant lists them and calls them. No session is kept:
// every call says who asks, by the token of its request, and has the rights of that moment. Answers are JSON, bounded in
// size, and errors say how to put right what was asked, for an assistant reads them and tries again.
//
// Source: the specification of the protocol, https://modelcontextprotocol.io/specification.
package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// Path is where assistants call.
const Path = "/mcp"

const (
	requestLimit = 256 << 10        // bytes of a call
	answerLimit  = 256 << 10        // bytes of an answer; tools cut theirs long before
	bodyTime     = 20 * time.Second // for a call to arrive
	callTime     = time.Minute      // for a tool to answer
)

// Options configures a [Door].
type Options struct {
	Name         string       // of the portal; "Socle" when empty
	Version      string       // of the program
	URL          string       // public address of the site without a final slash; "" when not known
	Instructions string       // what an assistant should know before it calls
	TrustProxy   bool         // behind a proxy, which answers for the name that was asked
	Log          *slog.Logger // slog.Default() when nil

	// Limit counts a call over HTTP and refuses one too many, by the address or the key of who asks; nil counts nothing.
	Limit func(w http.ResponseWriter, r *http.Request) error
}

// Door holds the tools. Mount it on the site at [Path], or serve it on a pair of streams.
type Door struct {
	options Options
	log     *slog.Logger
	french  *mcp.Server
	english *mcp.Server
	site    siteName
}

// New returns a door without tools.
func New(options Options) *Door {
	if options.Name == "" {
		options.Name = "Socle"
	}
	if options.Version == "" {
		options.Version = "dev"
	}
	d := &Door{options: options, log: options.Log, site: nameOf(options.URL)}
	if d.log == nil {
		d.log = slog.Default()
	}
	d.french, d.english = d.server(), d.server()
	return d
}

func (d *Door) server() *mcp.Server {
	return mcp.NewServer(&mcp.Implementation{Name: "socle", Title: d.options.Name, Version: d.options.Version, WebsiteURL: d.options.URL},
		&mcp.ServerOptions{Instructions: d.options.Instructions, Capabilities: &mcp.ServerCapabilities{}})
}

// Tool is what an assistant reads of a tool, which must only read: nothing here changes anything.
type Tool struct {
	Name        string    // for programs: "search_datasets"
	Title       i18n.Text // for people, in the list of tools of their assistant
	Description string    // for the assistant: when to call it, and what it answers
}

// Register adds a tool. The fields of I are its parameters and those of O its answer; their tags "jsonschema" describe
// them. A [json.RawMessage] in an answer stands for an object whose members nobody knows
// beforehand: assistants want the type of everything.
func Register[I, O any](d *Door, permission access.Permission, tool Tool, handler func(context.Context, I) (*O, error)) {
	for _, side := range []struct {
		lang   i18n.Lang
		server *mcp.Server
	}{{i18n.FR, d.french}, {i18n.EN, d.english}} {
		closed := false
		described := &mcp.Tool{Name: tool.Name, Title: tool.Title.In(side.lang), Description: tool.Description, OutputSchema: schemaOf[O](),
			Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed}}
		mcp.AddTool(side.server, described, func(ctx context.Context, _ *mcp.CallToolRequest, input I) (*mcp.CallToolResult, any, error) {
			body, err := call(ctx, d, permission, func(ctx context.Context) (*O, error) { return handler(ctx, input) })
			if err != nil {
				return d.refusal(ctx, tool.Name, err), nil, nil
			}
			return &mcp.CallToolResult{StructuredContent: body, Content: []mcp.Content{&mcp.TextContent{Text: string(body)}}}, nil, nil
		})
	}
}

// Resource is a kind of document that an assistant may read, by an address with one part to fill: "socle://dataset/{id}".
type Resource struct {
	Template    string
	Name        string
	Title       i18n.Text
	Description string
}

// Document adds a kind of document. The handler is given the whole address.
func Document[O any](d *Door, permission access.Permission, r Resource, handler func(ctx context.Context, address string) (*O, error)) {
	for _, side := range []struct {
		lang   i18n.Lang
		server *mcp.Server
	}{{i18n.FR, d.french}, {i18n.EN, d.english}} {
		template := &mcp.ResourceTemplate{URITemplate: r.Template, Name: r.Name, Title: r.Title.In(side.lang), Description: r.Description, MIMEType: "application/json"}
		side.server.AddResourceTemplate(template, func(ctx context.Context, request *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			address := request.Params.URI
			body, err := call(ctx, d, permission, func(ctx context.Context) (*O, error) { return handler(ctx, address) })
			switch {
			case fault.Is(err, fault.NotFound):
				return nil, mcp.ResourceNotFoundError(address)
			case err != nil:
				d.report(ctx, r.Name, err)
				return nil, fmt.Errorf("%s", fault.Message(err).In(i18n.From(ctx)))
			}
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: address, MIMEType: "application/json", Text: string(body)}}}, nil
		})
	}
}

// call asks whether who asks may, gives the handler its time, and writes its answer.
func call[O any](ctx context.Context, d *Door, permission access.Permission, handler func(context.Context) (*O, error)) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if left, ok := ctx.Value(requestKey{}).(context.Context); ok { // the protocol does not end a call whose caller has left
		defer context.AfterFunc(left, cancel)()
	}
	if err := permission.Check(identity.From(ctx)); err != nil {
		return nil, err
	}
	answer, err := handler(ctx)
	if err != nil {
		return nil, err
	}
	body, err := marshal(answer)
	if err != nil {
		return nil, err
	}
	if len(body) > answerLimit {
		return nil, fault.New(fault.TooLarge, "answer_too_large", i18n.T(
			"La réponse dépasse la limite de %d Ko : demandez moins de lignes ou moins de colonnes.",
			"The answer is over the limit of %d kB: ask for fewer rows or fewer columns.", answerLimit>>10))
	}
	return body, nil
}

// schemaOf describes the answers of a tool.
func schemaOf[O any]() *jsonschema.Schema {
	schema, err := jsonschema.For[O](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[json.RawMessage](): {Type: "object"}}})
	if err != nil {
		panic(fmt.Sprintf("mcp: the answer of a tool cannot be described: %v", err)) // a mistake in the program, found when it starts
	}
	return schema
}
