// Command template answers questions about templates with the platform's own code, one JSON line each.
//
// It takes and gives the lines of `engram-validate template eval --jsonl` and `template check --jsonl`; a question with
// a `scope` is one for the check. An answer that differs between runs (Go shuffles maps) is `{"unstable": true}`.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/bubustack/bobrapet/pkg/templatesafety"
	"github.com/bubustack/core/templating"
)

const runs = 4

type question struct {
	ID             any             `json:"id"`
	Kind           string          `json:"kind"`
	Template       *string         `json:"template"`
	Value          any             `json:"value"`
	Vars           json.RawMessage `json:"vars"`
	Numbers        string          `json:"numbers"`
	Deterministic  bool            `json:"deterministic"`
	MaxOutputBytes int             `json:"max_output_bytes"`
	Scope          string          `json:"scope"`
	JSON           *string         `json:"json"`
}

type answer map[string]any

var scopes = map[string]templating.ExpressionScope{
	"batch-runtime":    templating.NewExpressionScope("batch-runtime", true, true, true, "inputs", "steps"),
	"realtime-static":  templating.NewExpressionScope("realtime-static", false, false, true, "inputs"),
	"realtime-runtime": templating.NewExpressionScope("realtime-runtime", true, true, true, "inputs", "steps", "packet"),
	"no-range":         templating.NewExpressionScope("no-range", true, true, false, "inputs", "steps"),
}

func main() {
	time.Local = time.UTC
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for input.Scan() {
		if err := encoder.Encode(ask(input.Bytes())); err != nil {
			_ = encoder.Encode(answer{"error": answer{"class": "request", "message": err.Error()}})
		}
		output.Flush()
	}
}

func ask(line []byte) answer {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{"id": nil, "error": answer{"class": "request", "message": err.Error()}}
	}
	var first answer
	var shown []byte
	for run := range runs {
		var a answer
		if q.Scope != "" {
			a = check(q)
		} else {
			a = evaluate(q)
		}
		a["id"] = q.ID
		text, err := json.Marshal(a)
		if err != nil {
			return answer{"id": q.ID, "error": answer{"class": "request", "message": err.Error()}}
		}
		if run == 0 {
			first, shown = a, text
		} else if !bytes.Equal(text, shown) {
			return answer{"id": q.ID, "unstable": true, "first": first}
		}
		if q.Scope != "" {
			break
		}
	}
	return first
}

func check(q question) answer {
	scope := scopes[q.Scope]
	var core, safety error
	if q.JSON != nil {
		core = templating.ValidateJSONTemplates([]byte(*q.JSON), scope)
		safety = templatesafety.ValidateTemplateJSON([]byte(*q.JSON))
	} else {
		core = templating.ValidateTemplateString(*q.Template, scope)
		safety = templatesafety.ValidateTemplateString(*q.Template)
	}
	a := answer{"accept": core == nil && safety == nil}
	if core != nil {
		a["core"] = core.Error()
	}
	if safety != nil {
		a["safety"] = safety.Error()
	}
	return a
}

func evaluate(q question) answer {
	vars := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(q.Vars))
	if q.Numbers == "jsonnumber" {
		decoder.UseNumber()
	}
	if len(q.Vars) > 0 {
		if err := decoder.Decode(&vars); err != nil {
			return answer{"error": answer{"class": "request", "message": err.Error()}}
		}
	}
	if q.Numbers == "int64" {
		vars, _ = integers(vars).(map[string]any)
	}
	evaluator, err := templating.New(templating.Config{
		Deterministic: q.Deterministic, MaxOutputBytes: q.MaxOutputBytes, EvaluationTimeout: 20 * time.Second,
	})
	if err != nil {
		return answer{"error": answer{"class": "request", "message": err.Error()}}
	}
	defer evaluator.Close()
	ctx := context.Background()
	var result any
	switch q.Kind {
	case "condition":
		result, err = evaluator.EvaluateCondition(ctx, *q.Template, vars)
	case "object":
		result, err = evaluator.ResolveValue(ctx, q.Value, vars)
	default:
		result, err = evaluator.ResolveTemplateString(ctx, *q.Template, vars)
	}
	if err != nil {
		class, sub := classify(err)
		return answer{"error": answer{"class": class, "sub": sub, "message": err.Error()}}
	}
	return answer{"result": result}
}

// integers makes an int64 of every whole number.
func integers(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		for key, item := range typed {
			typed[key] = integers(item)
		}
	case []any:
		for index, item := range typed {
			typed[index] = integers(item)
		}
	case float64:
		if typed == float64(int64(typed)) {
			return int64(typed)
		}
	}
	return value
}

// parts of messages by which errors without a type of their own are told apart: part, class, sub.
var parts = [][3]string{
	{"missing key at", "missing_key", "missing_key"},
	{"cannot access key", "path_type", "path_type"},
	{"cannot index into", "path_type", "path_type"},
	{"exceeded max resolve depth", "depth", "depth"},
	{"condition did not resolve to boolean", "not_boolean", "not_boolean"},
	{"$bubuTemplate must be a string", "shape", "shape"},
	{"$bubuTemplateVars must be an object", "shape", "shape"},
	{"template output exceeds max bytes", "exec", "output_limit"},
}

// the same for errors of an execution, after the place.
var execParts = [][2]string{
	{"wrong number of args for", "arg_count"},
	{"error calling", "call_error"},
	{"nil pointer evaluating", "nil_field"},
	{"can't evaluate field", "bad_field"},
	{"wrong type for value", "arg_type"},
	{"invalid value; expected", "arg_type"},
	{"; found", "arg_type"},
	{"range can't iterate over", "range_type"},
	{"to iterate over more than one variable", "range_type"},
	{"can't give argument to non-function", "not_function"},
	{"is not a method but has arguments", "not_function"},
}

func classify(err error) (string, string) {
	var blocked *templating.ErrEvaluationBlocked
	var offloaded *templating.ErrOffloadedDataUsage
	var exec template.ExecError
	message := err.Error()
	switch {
	case errors.As(err, &blocked):
		return "blocked", "blocked"
	case errors.As(err, &offloaded):
		return "offloaded", "offloaded"
	case errors.As(err, &exec):
		if _, rest, found := strings.Cut(message, ">: "); found {
			for _, part := range execParts {
				if strings.HasPrefix(rest, part[0]) {
					return "exec", part[1]
				}
			}
		}
		for _, part := range execParts {
			if strings.Contains(message, part[0]) {
				return "exec", part[1]
			}
		}
		return "exec", "other"
	}
	for _, part := range parts {
		if strings.Contains(message, part[0]) && !strings.HasPrefix(message, "template: bubu:") {
			return part[1], part[2]
		}
	}
	if strings.Contains(message, "function ") && strings.Contains(message, "not defined") {
		return "parse", "undefined_function"
	}
	return "parse", "syntax"
}
