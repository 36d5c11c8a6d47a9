// Command schema answers, a JSON line for each JSON line, what the platform's schema engine makes of a document.
//
// It takes {"schema", "instance"}, or {"format", "text"} for one of the engine's format checkers, and gives
// {"valid", "refused"?}. It fetches nothing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/xeipuuv/gojsonschema"
)

type question struct {
	Schema   json.RawMessage `json:"schema"`
	Instance json.RawMessage `json:"instance"`
	Format   string          `json:"format"`
	Text     string          `json:"text"`
}

type answer struct {
	Valid   bool   `json:"valid"`
	Refused string `json:"refused,omitempty"`
}

type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nothing is fetched here")
}

func main() {
	http.DefaultTransport = offline{}
	// A schema that leads back to itself ends the process: soon, rather than after a gigabyte of stack.
	debug.SetMaxStack(4 << 20)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<20), 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(judge(asked)); err != nil {
			log.Fatal(err)
		}
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
}

func judge(asked question) (given answer) {
	defer func() {
		// The engine casts without looking in places; to the platform a panic is a refusal too.
		if failure := recover(); failure != nil {
			given = answer{Refused: "panic"}
		}
	}()
	if asked.Format != "" {
		return answer{Valid: gojsonschema.FormatCheckers.IsFormat(asked.Format, asked.Text)}
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(asked.Schema))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	result, err := schema.Validate(gojsonschema.NewBytesLoader(asked.Instance))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	return answer{Valid: result.Valid()}
}
