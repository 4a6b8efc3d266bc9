"""What is wrong or doubtful in a document, beyond what a stage needs to go on."""
