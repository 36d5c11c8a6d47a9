// Command think is the model of the conversation: a prompt in, a reply out.
package main

import (
	"strings"

	"github.com/bubustack/engram-validate/examples/conversation/go/stream"
)

func main() {
	stream.Serve("think", func(_, inputs map[string]any) []map[string]any {
		prompt, _ := inputs["prompt"].(string)
		reply := "Why do you say \"" + prompt + "\"?"
		return []map[string]any{{"reply": reply, "tokens": len(strings.Fields(reply))}}
	})
}
