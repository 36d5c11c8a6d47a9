package main

import "strings"

// transcribe is the ear of the conversation: words in, a sentence out with the last of them.
func transcribe() answer {
	words := map[string][]string{}
	return func(packet, _ map[string]any) []map[string]any {
		speaker, _ := packet["speaker"].(string)
		word, _ := packet["word"].(string)
		words[speaker] = append(words[speaker], word)
		if last, _ := packet["last"].(bool); !last {
			return nil
		}
		text := strings.Join(words[speaker], " ")
		delete(words, speaker)
		return []map[string]any{{"speaker": speaker, "text": text}}
	}
}

// think is the model of the conversation: a prompt in, a reply out.
func think(_, inputs map[string]any) []map[string]any {
	prompt, _ := inputs["prompt"].(string)
	reply := "Why do you say \"" + prompt + "\"?"
	return []map[string]any{{"reply": reply, "tokens": len(strings.Fields(reply))}}
}

// speak is the voice of the conversation: text in, speech out.
func speak(_, inputs map[string]any) []map[string]any {
	text, _ := inputs["text"].(string)
	voice, _ := inputs["voice"].(string)
	seconds := float64(len(strings.Fields(text))) / 2
	return []map[string]any{{"speech": voice + ": " + text, "seconds": seconds}}
}
