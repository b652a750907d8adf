module github.com/gitsecrets/gitsecrets/internal/ciphertext

go 1.26.0
