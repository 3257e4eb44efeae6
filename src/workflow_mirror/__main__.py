from workflow_mirror.cli import main

main()
