// Renders the templates of a chart as Helm does: with the template engine of Go, and with those functions of Helm that
// the chart uses. Another function is an error. Helm itself is in no package registry that the checks may use.
//
// usage: go run render-chart.go <folder of templates> < values.json
//
// The input is the object of all top-level values: Values, Release, Chart. The output is YAML.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

func main() {
	var input map[string]any
	check(json.NewDecoder(os.Stdin).Decode(&input))

	chart := template.New("chart").Option("missingkey=zero")
	chart.Funcs(template.FuncMap{
		"add":     add,
		"default": func(fallback, value any) any { return either(isTrue(value), value, fallback) },
		"dict":    dict,
		"include": func(name string, data any) (string, error) { return render(chart, name, data) },
		"join":    join,
		"nindent": nindent,
		"quote":   func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		// JSON is YAML.
		"toYaml": func(value any) (string, error) { text, err := json.Marshal(value); return string(text), err },
		"tuple":  func(items ...any) []any { return items },
	})
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.*"))
	check(err)
	_, err = chart.ParseFiles(files...)
	check(err)
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "_") {
			continue
		}
		text, err := render(chart, filepath.Base(file), input)
		check(err)
		fmt.Printf("---\n# Source: %s\n%s\n", filepath.Base(file), text)
	}
}

func render(chart *template.Template, name string, data any) (string, error) {
	var text strings.Builder
	err := chart.ExecuteTemplate(&text, name, data)
	// As in Helm, for a key that is missing.
	return strings.ReplaceAll(text.String(), "<no value>", ""), err
}

// Numbers of values are 64-bit floats, in Helm too.
func add(numbers ...any) int64 {
	var sum int64
	for _, number := range numbers {
		switch number := number.(type) {
		case float64:
			sum += int64(number)
		case int:
			sum += int64(number)
		}
	}
	return sum
}

func dict(pairs ...any) map[string]any {
	result := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		result[pairs[i].(string)] = pairs[i+1]
	}
	return result
}

func join(separator string, items []any) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = fmt.Sprint(item)
	}
	return strings.Join(texts, separator)
}

func nindent(spaces int, text string) string {
	indent := "\n" + strings.Repeat(" ", spaces)
	return indent + strings.ReplaceAll(text, "\n", indent)
}

func isTrue(value any) bool {
	truth, ok := template.IsTrue(value)
	return ok && truth
}

func either(condition bool, yes, no any) any {
	if condition {
		return yes
	}
	return no
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
