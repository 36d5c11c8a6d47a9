// Command transcribe is the ear of the conversation: words in, a sentence out with the last of them.
package main

import (
	"strings"

	"github.com/bubustack/engram-validate/examples/conversation/go/stream"
)

func main() {
	words := map[string][]string{}
	stream.Serve("transcribe", func(packet, _ map[string]any) []map[string]any {
		speaker, _ := packet["speaker"].(string)
		word, _ := packet["word"].(string)
		words[speaker] = append(words[speaker], word)
		if last, _ := packet["last"].(bool); !last {
			return nil
		}
		text := strings.Join(words[speaker], " ")
		delete(words, speaker)
		return []map[string]any{{"speaker": speaker, "text": text}}
	})
}
