from tongyuan.cli import main

main()
