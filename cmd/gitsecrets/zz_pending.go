package main

import "github.com/urfave/cli/v2"

func (a *app) editCommand() *cli.Command       { return &cli.Command{Name: "edit"} }
func (a *app) keygenCommand() *cli.Command     { return &cli.Command{Name: "keygen"} }
func (a *app) initCommand() *cli.Command       { return &cli.Command{Name: "init"} }
func (a *app) lintCommand() *cli.Command       { return &cli.Command{Name: "lint"} }
func (a *app) explainCommand() *cli.Command    { return &cli.Command{Name: "explain"} }
func (a *app) completionCommand() *cli.Command { return &cli.Command{Name: "completion"} }
