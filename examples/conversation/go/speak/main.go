// Command speak is the voice of the conversation: text in, speech out.
package main

import (
	"strings"

	"github.com/bubustack/engram-validate/examples/conversation/go/stream"
)

func main() {
	stream.Serve("speak", func(_, inputs map[string]any) []map[string]any {
		text, _ := inputs["text"].(string)
		voice, _ := inputs["voice"].(string)
		seconds := float64(len(strings.Fields(text))) / 2
		return []map[string]any{{"speech": voice + ": " + text, "seconds": seconds}}
	})
}
